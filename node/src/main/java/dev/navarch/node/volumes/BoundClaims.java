package dev.navarch.node.volumes;

import dev.navarch.client.Cluster;
import dev.navarch.client.OwnerReferences;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;

/// Finds the persistent volume behind a pod's claim, if the two are bound to each other.
final class BoundClaims {
  private final Cluster cluster;

  BoundClaims(Cluster cluster) {
    this.cluster = cluster;
  }

  record Bound(PersistentVolumeClaim claim, PersistentVolume volume) {
    boolean isBlock() {
      return "Block".equals(volume.getSpec().getVolumeMode());
    }
  }

  static boolean isClaim(Volume volume) {
    return volume.getPersistentVolumeClaim() != null || volume.getEphemeral() != null;
  }

  /// The name of the claim that a volume stands for: its own, or the one made for the pod.
  static String claimName(Pod pod, Volume volume) {
    return volume.getEphemeral() != null
        ? pod.getMetadata().getName() + "-" + volume.getName()
        : volume.getPersistentVolumeClaim().getClaimName();
  }

  Bound find(Pod pod, Volume volume) {
    String namespace = pod.getMetadata().getNamespace();
    String name = claimName(pod, volume);
    PersistentVolumeClaim claim =
        cluster
            .find(PersistentVolumeClaim.class, namespace, name)
            .orElseThrow(
                () ->
                    new VolumeException(
                        "error processing PVC %s/%s: persistentvolumeclaim \"%s\" not found"
                            .formatted(namespace, name, name)));
    if (volume.getEphemeral() != null && !OwnerReferences.isControlledBy(claim, pod)) {
      throw bad(
          claim,
          "PVC was not created for pod %s/%s (pod is not owner)".formatted(namespace, name(pod)));
    }
    if (claim.getMetadata().getDeletionTimestamp() != null && !hasStarted(pod)) {
      throw bad(claim, "PVC is being deleted");
    }
    if (claim.getStatus() == null || !"Bound".equals(claim.getStatus().getPhase())) {
      throw bad(claim, "PVC is not bound");
    }
    String volumeName = claim.getSpec().getVolumeName();
    if (volumeName == null || volumeName.isEmpty()) {
      throw bad(claim, "PVC has empty pvc.Spec.VolumeName");
    }
    PersistentVolume found =
        cluster
            .find(PersistentVolume.class, "", volumeName)
            .orElseThrow(
                () -> bad(claim, "persistentvolume \"%s\" not found".formatted(volumeName)));
    var reference = found.getSpec().getClaimRef();
    if (reference == null) {
      throw bad(claim, "PV %s is not yet bound to the claim".formatted(volumeName));
    }
    if (!claim.getMetadata().getUid().equals(reference.getUid())) {
      throw bad(
          claim,
          "PV %s is bound to another claim, %s/%s"
              .formatted(volumeName, reference.getNamespace(), reference.getName()));
    }
    return new Bound(claim, found);
  }

  /// A claim that somebody deletes stays good for the pods that use it already.
  private static boolean hasStarted(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getContainerStatuses().stream()
            .anyMatch(status -> status.getContainerID() != null);
  }

  private static String name(Pod pod) {
    return pod.getMetadata().getName();
  }

  private static VolumeException bad(PersistentVolumeClaim claim, String why) {
    var meta = claim.getMetadata();
    return new VolumeException(
        "error processing PVC %s/%s: %s".formatted(meta.getNamespace(), meta.getName(), why));
  }
}
