package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Which pods to lose first when there are too many: those that do the least, then those whose loss
/// spreads the rest best, then the youngest. Ages count by powers of two, so that among pods of
/// about one age chance decides and not a few milliseconds.
final class PodRanking {
  private static final String DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
  private static final List<String> PHASES = List.of("Pending", "Unknown", "Running");

  private PodRanking() {}

  /// @param related the pods that serve together with the candidates, on all nodes
  static Comparator<Pod> cheapestToLose(List<Pod> related, Instant now) {
    Map<String, Long> perNode =
        related.stream()
            .filter(pod -> pod.getSpec().getNodeName() != null)
            .collect(
                Collectors.groupingBy(pod -> pod.getSpec().getNodeName(), Collectors.counting()));
    return Comparator.comparing((Pod pod) -> pod.getSpec().getNodeName() != null)
        .thenComparingInt(pod -> PHASES.indexOf(Pods.phase(pod)))
        .thenComparing(Pods::isReady)
        .thenComparingInt(PodRanking::deletionCost)
        .thenComparingLong(
            pod -> -perNode.getOrDefault(String.valueOf(pod.getSpec().getNodeName()), 0L))
        .thenComparingInt(pod -> scale(Pods.readySince(pod).orElse(now), now))
        .thenComparingInt(pod -> -restarts(pod))
        .thenComparingInt(pod -> scale(Pods.created(pod), now))
        .thenComparing(pod -> pod.getMetadata().getUid());
  }

  private static int deletionCost(Pod pod) {
    String cost = Pods.annotations(pod).get(DELETION_COST);
    try {
      return cost == null ? 0 : Integer.parseInt(cost);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static int restarts(Pod pod) {
    return pod.getStatus() == null
        ? 0
        : pod.getStatus().getContainerStatuses().stream()
            .mapToInt(status -> Numbers.orZero(status.getRestartCount()))
            .max()
            .orElse(0);
  }

  private static int scale(Instant since, Instant now) {
    long nanos = Math.max(1, Duration.between(since, now).toNanos());
    return Long.SIZE - Long.numberOfLeadingZeros(nanos);
  }
}
