package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Whether a pod that the API sends again says anything that its node does not know: most of the
/// time it is the node's own status that comes back.
final class PodNews {
  private PodNews() {}

  /// @param written the status that this node wrote last; null when it wrote none
  static boolean isNews(Pod before, Pod now, @Nullable PodStatus written) {
    return !Objects.equals(now.getStatus(), written)
        || !isSame(before.getMetadata(), now.getMetadata())
        || !Objects.equals(before.getSpec(), now.getSpec());
  }

  /// But for versions, which change with every write.
  private static boolean isSame(ObjectMeta before, ObjectMeta now) {
    return Objects.equals(before.getGeneration(), now.getGeneration())
        && Objects.equals(before.getDeletionTimestamp(), now.getDeletionTimestamp())
        && Objects.equals(
            before.getDeletionGracePeriodSeconds(), now.getDeletionGracePeriodSeconds())
        && Objects.equals(before.getLabels(), now.getLabels())
        && Objects.equals(before.getAnnotations(), now.getAnnotations())
        && Objects.equals(before.getFinalizers(), now.getFinalizers());
  }
}
