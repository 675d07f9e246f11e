package dev.navarch.scheduler;

import java.util.Optional;
import java.util.Set;

/// Refuses nodes on which a pod cannot run.
public interface FilterPlugin {
  String name();

  /// Why a pod can run nowhere, where that shows before any node is looked at.
  default Optional<String> refusal(PodView pod, Snapshot snapshot) {
    return Optional.empty();
  }

  /// What this rule needs to know of the whole cluster for one pod, worked out once before its
  /// nodes are looked at.
  default Filter prepare(PodView pod, Snapshot snapshot) {
    return node -> filter(pod, node);
  }

  /// For rules that need to look at one node only.
  default Verdict filter(PodView pod, NodeView node) {
    throw new UnsupportedOperationException(name() + " works on the whole snapshot");
  }

  /// Which events may change a refusal.
  Set<ClusterEvent> retryOn();

  /// A rule, ready for one pod.
  @FunctionalInterface
  interface Filter {
    Verdict test(NodeView node);
  }
}
