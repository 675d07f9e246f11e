package dev.navarch.scheduler;

import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import dev.navarch.client.StorageClasses;
import dev.navarch.client.VolumeMatching;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tells the rest of the cluster what a pod's claims get: volumes are reserved for them, or their
/// provisioner reads on them for which node.
record VolumeWrites(Cluster cluster) {
  void carryOut(VolumePlan plan, String node) {
    plan.matches()
        .forEach(match -> cluster.update(VolumeMatching.reserved(match.volume(), match.claim())));
    plan.toMake().forEach(claim -> choose(claim, node));
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
