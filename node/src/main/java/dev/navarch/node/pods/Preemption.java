package dev.navarch.node.pods;

import dev.navarch.node.eviction.Candidate;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Who goes when a critical pod finds no room on its node: as few as can be, and the smallest of
/// them. Guaranteed pods only where all others together are not enough, burstable ones only where
/// the best-effort ones are not.
final class Preemption {
  private static final List<Amounts.Qos> DEAREST_FIRST =
      List.of(Amounts.Qos.GUARANTEED, Amounts.Qos.BURSTABLE, Amounts.Qos.BEST_EFFORT);
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(10);
  private static final long USUAL_GRACE = 30;

  private Preemption() {}

  /// Those that matter less than a critical pod.
  static List<Pod> preemptable(Pod critical, Collection<Pod> running) {
    return running.stream().filter(other -> yields(other, critical)).toList();
  }

  private static boolean yields(Pod other, Pod critical) {
    if (!Candidate.isCritical(other)) {
      return true;
    }
    Integer its = other.getSpec().getPriority();
    Integer mine = critical.getSpec().getPriority();
    return its != null && mine != null && its < mine;
  }

  /// What is still missing of each resource when some pods have gone; nothing that is not.
  static Map<String, Long> lacking(Map<String, Long> missing, Collection<Pod> gone) {
    Map<String, Long> left = new LinkedHashMap<>();
    missing.forEach(
        (resource, amount) -> {
          long rest = amount - gone.stream().mapToLong(pod -> PodRequests.of(pod, resource)).sum();
          if (rest > 0) {
            left.put(resource, rest);
          }
        });
    return left;
  }

  /// @param preemptable who may go; all of them together are enough
  static List<Pod> victims(List<Pod> preemptable, Map<String, Long> missing) {
    List<Pod> victims = new ArrayList<>();
    List<Pod> cheaper = new ArrayList<>(preemptable);
    for (Amounts.Qos qos : DEAREST_FIRST) {
      List<Pod> group = cheaper.stream().filter(pod -> Amounts.Qos.of(pod) == qos).toList();
      cheaper.removeAll(group);
      List<Pod> others = new ArrayList<>(cheaper);
      others.addAll(victims);
      victims.addAll(nearest(group, lacking(missing, others)));
    }
    return victims;
  }

  /// One after the other whoever leaves least to be wished for.
  private static List<Pod> nearest(List<Pod> group, Map<String, Long> missing) {
    List<Pod> left = new ArrayList<>(group);
    List<Pod> chosen = new ArrayList<>();
    Map<String, Long> lacking = missing;
    while (!lacking.isEmpty() && !left.isEmpty()) {
      Map<String, Long> now = lacking;
      Pod next =
          left.stream()
              .min(
                  Comparator.comparingDouble((Pod pod) -> distance(pod, now))
                      .thenComparingLong(pod -> PodRequests.of(pod, "memory"))
                      .thenComparingLong(pod -> PodRequests.of(pod, "cpu")))
              .orElseThrow();
      left.remove(next);
      chosen.add(next);
      lacking = lacking(now, List.of(next));
    }
    return chosen;
  }

  /// How far a pod is from being enough; every resource counts as much as the others.
  private static double distance(Pod pod, Map<String, Long> missing) {
    return missing.entrySet().stream()
        .mapToDouble(
            each -> {
              double rest = each.getValue() - (double) PodRequests.of(pod, each.getKey());
              double part = Math.max(0, rest) / each.getValue();
              return part * part;
            })
        .sum();
  }

  static Admission.Rejection refusal(Map<String, Long> lacking) {
    return new Admission.Rejection(
        "UnexpectedAdmissionError",
        lacking.entrySet().stream()
            .map(each -> "(res: %s, q: %d), ".formatted(each.getKey(), each.getValue()))
            .collect(
                Collectors.joining(
                    "",
                    "Unexpected error while attempting to recover from admission failure:"
                        + " preemption: error finding a set of pods to preempt: no set of running"
                        + " pods found to reclaim resources: [",
                    "]")));
  }

  /// How long to wait for a pod's end.
  static Duration patience(Pod victim) {
    Long own = victim.getSpec().getTerminationGracePeriodSeconds();
    Duration grace = Duration.ofSeconds(own == null ? USUAL_GRACE : own);
    Duration more = grace.plus(grace.dividedBy(2));
    return more.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : more;
  }
}
