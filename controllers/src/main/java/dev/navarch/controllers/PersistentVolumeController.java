package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import dev.navarch.client.VolumeMatching;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Keeps a volume's phase true (Available, Bound, Released, Failed) and does with it what it asks
/// for when its claim is gone. Volumes are deleted by who made them: their provisioner.
final class PersistentVolumeController implements Reconciler<PersistentVolume> {
  private static final String PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
  private static final Set<String> OVER = Set.of("Released", "Failed");

  private final Lister<PersistentVolume> volumes;
  private final Lister<PersistentVolumeClaim> claims;
  private final Cluster cluster;
  private final EventRecorder events;
  private final VolumeBinding binding;

  private PersistentVolumeController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.volumes = on.lister(PersistentVolume.class);
    this.claims = on.lister(PersistentVolumeClaim.class);
    this.cluster = cluster;
    this.events = events.as("persistentvolume-controller");
    this.binding = new VolumeBinding(cluster, clock);
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var controller = new PersistentVolumeController(on, cluster, events, clock);
    return Controller.of(PersistentVolume.class, controller)
        .name("persistentvolume_binder")
        .watches(PersistentVolumeClaim.class, controller::concernedBy);
  }

  private Stream<Key> concernedBy(PersistentVolumeClaim claim) {
    Stream<Key> named =
        Stream.ofNullable(claim.getSpec().getVolumeName())
            .filter(name -> !name.isEmpty())
            .map(name -> new Key("", name));
    Stream<Key> reserved =
        volumes.all().filter(volume -> VolumeMatching.isReservedFor(volume, claim)).map(Key::of);
    return Stream.concat(named, reserved);
  }

  @Override
  public Result reconcile(PersistentVolume volume) {
    var reference = volume.getSpec().getClaimRef();
    if (reference == null || VolumeMatching.isEmpty(reference.getUid())) {
      binding.setPhase(volume, "Available", null);
      return Result.done();
    }
    Optional<PersistentVolumeClaim> claim =
        claim(new Key(reference.getNamespace(), reference.getName()), reference.getUid());
    if (claim.isEmpty()) {
      reclaim(release(volume));
      return Result.done();
    }
    String named = claim.get().getSpec().getVolumeName();
    if (VolumeMatching.isEmpty(named)) {
      return Result.done();
    }
    if (named.equals(volume.getMetadata().getName())) {
      binding.setPhase(volume, "Bound", null);
    } else if (VolumeBinding.has(volume, PROVISIONED_BY)
        && "Delete".equals(volume.getSpec().getPersistentVolumeReclaimPolicy())) {
      reclaim(release(volume));
    } else {
      binding.unbind(volume);
    }
    return Result.done();
  }

  /// The very claim that the volume names; that it is gone, only the server itself can say.
  private Optional<PersistentVolumeClaim> claim(Key key, String uid) {
    return claims
        .find(key)
        .filter(claim -> uid.equals(claim.getMetadata().getUid()))
        .or(
            () ->
                cluster
                    .find(Resource.of(PersistentVolumeClaim.class), key)
                    .filter(claim -> uid.equals(claim.getMetadata().getUid())));
  }

  private PersistentVolume release(PersistentVolume volume) {
    return OVER.contains(VolumeMatching.phase(volume))
        ? volume
        : binding.setPhase(volume, "Released", null);
  }

  private void reclaim(PersistentVolume volume) {
    String policy = volume.getSpec().getPersistentVolumeReclaimPolicy();
    if ("Delete".equals(policy) && !VolumeBinding.has(volume, PROVISIONED_BY)) {
      fail(
          volume,
          "VolumeFailedDelete",
          "error getting deleter volume plugin for volume \"%s\": no deletable volume plugin matched"
              .formatted(volume.getMetadata().getName()));
    } else if ("Recycle".equals(policy)) {
      fail(volume, "VolumeFailedRecycle", "No recycler plugin found for the volume!");
    }
  }

  private void fail(PersistentVolume volume, String reason, String message) {
    if (!Objects.equals(VolumeMatching.phase(volume), "Failed")) {
      binding.setPhase(volume, "Failed", message);
      events.warning(volume, reason, message);
    }
  }
}
