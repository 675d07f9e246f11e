package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.stream.Stream;

/// Makes the claims of pods that bring their own (`ephemeral`): named after pod and volume, owned
/// by the pod, gone with it.
final class EphemeralVolumeController implements Reconciler<Pod> {
  private final Lister<PersistentVolumeClaim> claims;
  private final Cluster cluster;
  private final EventRecorder events;

  private EphemeralVolumeController(Informers on, Cluster cluster, EventRecorder events) {
    this.claims = on.lister(PersistentVolumeClaim.class);
    this.cluster = cluster;
    this.events = events.as("ephemeral_volume");
  }

  static Controller register(Informers on, Cluster cluster, EventRecorder events) {
    return Controller.of(Pod.class, new EphemeralVolumeController(on, cluster, events))
        .name("ephemeral_volume")
        .watches(PersistentVolumeClaim.class, EphemeralVolumeController::owner);
  }

  private static Stream<Key> owner(PersistentVolumeClaim claim) {
    return OwnerReferences.controllerOf(claim).stream()
        .filter(owner -> owner.getKind().equals("Pod"))
        .map(owner -> new Key(claim.getMetadata().getNamespace(), owner.getName()));
  }

  @Override
  public Result reconcile(Pod pod) {
    if (!Pods.isActive(pod)) {
      return Result.done();
    }
    pod.getSpec().getVolumes().stream()
        .filter(volume -> volume.getEphemeral() != null)
        .forEach(volume -> ensure(pod, volume));
    return Result.done();
  }

  private void ensure(Pod pod, Volume volume) {
    String namespace = pod.getMetadata().getNamespace();
    String name = PodClaims.ephemeral(pod, volume);
    var found = claims.find(namespace, name);
    if (found.isPresent()) {
      if (!OwnerReferences.isControlledBy(found.get(), pod)) {
        events.warning(
            pod,
            "FailedBinding",
            "ephemeral volume %s: PVC %s/%s was not created for pod %s/%s (pod is not owner)"
                .formatted(
                    volume.getName(), namespace, name, namespace, pod.getMetadata().getName()));
      }
      return;
    }
    var template = volume.getEphemeral().getVolumeClaimTemplate();
    ObjectMeta meta = template.getMetadata() == null ? new ObjectMeta() : template.getMetadata();
    try {
      cluster.create(
          new PersistentVolumeClaimBuilder()
              .withNewMetadata()
              .withNamespace(namespace)
              .withName(name)
              .withLabels(meta.getLabels())
              .withAnnotations(meta.getAnnotations())
              .withOwnerReferences(OwnerReferences.to(pod))
              .endMetadata()
              .withSpec(template.getSpec())
              .build());
    } catch (ApiException e) {
      if (e.isAlreadyExists()) {
        return;
      }
      events.warning(
          pod,
          "FailedBinding",
          "ephemeral volume %s: create PVC %s: %s"
              .formatted(volume.getName(), name, e.getMessage()));
      throw e;
    }
  }
}
