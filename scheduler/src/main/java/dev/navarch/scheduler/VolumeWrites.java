package dev.navarch.scheduler;

import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import dev.navarch.client.StorageClasses;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tells the rest of the cluster what a pod's claims get: volumes are reserved for them, or their
/// provisioner reads on them for which node.
record VolumeWrites(Cluster cluster) {
  private static final String BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";

  void carryOut(VolumePlan plan, String node) {
    plan.matches().forEach(match -> reserve(match.volume(), match.claim()));
    plan.toMake().forEach(claim -> choose(claim, node));
  }

  private void reserve(PersistentVolume volume, PersistentVolumeClaim claim) {
    PersistentVolume changed = Objects.copy(volume);
    if (changed.getSpec().getClaimRef() == null) {
      changed
          .getMetadata()
          .setAnnotations(with(changed.getMetadata().getAnnotations(), BOUND_BY_CONTROLLER, "yes"));
    }
    changed
        .getSpec()
        .setClaimRef(
            new ObjectReferenceBuilder()
                .withKind("PersistentVolumeClaim")
                .withApiVersion("v1")
                .withNamespace(claim.getMetadata().getNamespace())
                .withName(claim.getMetadata().getName())
                .withUid(claim.getMetadata().getUid())
                .withResourceVersion(claim.getMetadata().getResourceVersion())
                .build());
    cluster.update(changed);
  }

  private void choose(PersistentVolumeClaim claim, String node) {
    Map<String, String> before = claim.getMetadata().getAnnotations();
    if (before != null && node.equals(before.get(StorageClasses.SELECTED_NODE))) {
      return;
    }
    PersistentVolumeClaim changed = Objects.copy(claim);
    changed.getMetadata().setAnnotations(with(before, StorageClasses.SELECTED_NODE, node));
    cluster.update(changed);
  }

  private static Map<String, String> with(
      @Nullable Map<String, String> before, String key, String value) {
    Map<String, String> after = before == null ? new HashMap<>() : new HashMap<>(before);
    after.put(key, value);
    return after;
  }
}
