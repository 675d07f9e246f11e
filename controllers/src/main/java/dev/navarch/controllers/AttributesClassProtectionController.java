package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClass;
import java.util.stream.Stream;

/// Keeps a VolumeAttributesClass that is deleted while a claim or a volume names it.
final class AttributesClassProtectionController implements Reconciler<VolumeAttributesClass> {
  private final Lister<PersistentVolume> volumes;
  private final Lister<PersistentVolumeClaim> claims;
  private final Finalizers protection;

  private AttributesClassProtectionController(Informers on, Cluster cluster) {
    this.volumes = on.lister(PersistentVolume.class);
    this.claims = on.lister(PersistentVolumeClaim.class);
    this.protection = new Finalizers(cluster, "kubernetes.io/vac-protection");
  }

  static Controller register(Informers on, Cluster cluster) {
    var controller = new AttributesClassProtectionController(on, cluster);
    return Controller.of(VolumeAttributesClass.class, controller)
        .name("vac_protection")
        .watches(PersistentVolumeClaim.class, claim -> named(claim).map(n -> new Key("", n)))
        .watches(PersistentVolume.class, volume -> named(volume).map(n -> new Key("", n)));
  }

  @Override
  public Result reconcile(VolumeAttributesClass attributes) {
    String name = attributes.getMetadata().getName();
    if (!Pods.isDeleting(attributes)) {
      if (!protection.isOn(attributes)) {
        protection.add(attributes);
      }
    } else if (protection.isOn(attributes)
        && claims.all().flatMap(claim -> named(claim)).noneMatch(name::equals)
        && volumes.all().flatMap(volume -> named(volume)).noneMatch(name::equals)) {
      protection.remove(attributes);
    }
    return Result.done();
  }

  private static Stream<String> named(PersistentVolumeClaim claim) {
    Stream<String> wanted = Stream.ofNullable(claim.getSpec().getVolumeAttributesClassName());
    return claim.getStatus() == null
        ? wanted
        : Stream.concat(
            wanted, Stream.ofNullable(claim.getStatus().getCurrentVolumeAttributesClassName()));
  }

  private static Stream<String> named(PersistentVolume volume) {
    return Stream.ofNullable(volume.getSpec().getVolumeAttributesClassName());
  }
}
