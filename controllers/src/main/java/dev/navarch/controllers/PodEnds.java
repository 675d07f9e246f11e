package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;

/// How controllers end pods that are not theirs: the pod first says why (DisruptionTarget), so that
/// its owner can tell a disruption from a failure of its own.
final class PodEnds {
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  private PodEnds() {}

  /// The same pod, which says that and why it is about to be disrupted.
  static Pod disrupted(Pod pod, String reason, String message, Instant now) {
    Pod changed = Objects.copy(pod);
    if (changed.getStatus() == null) {
      changed.setStatus(new PodStatus());
    }
    var conditions = changed.getStatus().getConditions();
    conditions.removeIf(one -> "DisruptionTarget".equals(one.getType()));
    conditions.add(
        new PodConditionBuilder()
            .withType("DisruptionTarget")
            .withStatus("True")
            .withReason(reason)
            .withMessage(message)
            .withLastTransitionTime(Pods.timestamp(now))
            .build());
    return changed;
  }

  /// Deletes a pod without waiting for its node.
  static void force(Cluster cluster, Pod pod) {
    var options = new Cluster.DeleteOptions(Duration.ZERO, null, pod.getMetadata().getUid(), null);
    unlessGone(() -> cluster.delete(PODS, Key.of(pod), options));
  }

  static void unlessGone(Runnable write) {
    try {
      write.run();
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }
}
