package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.RollingUpdateDaemonSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A daemon set with its nodes and pods as one reconcile sees them.
///
/// @param hash of the present template, as its pods carry it
/// @param pods by the node that they are on or meant for, oldest first
record DaemonRun(
    DaemonSet set, String hash, List<Node> nodes, Map<String, List<Pod>> pods, Instant now) {
  private static final Comparator<Pod> OLDEST_FIRST =
      Comparator.comparing((Pod pod) -> pod.getSpec().getNodeName() == null)
          .thenComparing(Pods::created)
          .thenComparing(pod -> pod.getMetadata().getName());

  static DaemonRun of(DaemonSet set, String hash, List<Node> nodes, List<Pod> pods, Instant now) {
    Map<String, List<Pod>> byNode = new TreeMap<>();
    pods.stream()
        .sorted(OLDEST_FIRST)
        .forEach(
            pod ->
                DaemonNodes.of(pod)
                    .ifPresent(
                        node -> byNode.computeIfAbsent(node, it -> new ArrayList<>()).add(pod)));
    return new DaemonRun(set, hash, nodes, byNode, now);
  }

  List<Pod> on(String node) {
    return pods.getOrDefault(node, List.of());
  }

  boolean isPresent(Pod pod) {
    return hash.equals(Pods.labels(pod).get(TemplateHistory.POD_LABEL));
  }

  boolean isAvailable(Pod pod) {
    return Pods.isAvailable(pod, minReady(), now);
  }

  Duration minReady() {
    return Duration.ofSeconds(Numbers.orZero(set.getSpec().getMinReadySeconds()));
  }

  boolean isRolling() {
    return !"OnDelete".equals(set.getSpec().getUpdateStrategy().getType());
  }

  int desired() {
    return (int)
        nodes.stream().filter(node -> DaemonNodes.fit(set, node) == DaemonNodes.Fit.RUNS).count();
  }

  int maxSurge() {
    RollingUpdateDaemonSet rolling = rolling();
    return rolling == null ? 0 : Numbers.resolve(rolling.getMaxSurge(), desired(), true);
  }

  /// At least one, unless pods surge: otherwise nothing could ever move.
  int maxUnavailable() {
    RollingUpdateDaemonSet rolling = rolling();
    IntOrString most = rolling == null ? null : rolling.getMaxUnavailable();
    int resolved = most == null ? 1 : Numbers.resolve(most, desired(), true);
    return resolved == 0 && maxSurge() == 0 ? 1 : resolved;
  }

  private @Nullable RollingUpdateDaemonSet rolling() {
    return isRolling() ? set.getSpec().getUpdateStrategy().getRollingUpdate() : null;
  }
}
