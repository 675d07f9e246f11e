package dev.navarch.scheduler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Makes room for a pod that fits nowhere: finds the node on which the least has to go, and only
/// pods of lower priority go. Of what could go, as much as fits beside the pod is spared.
final class Preemption {
  private static final int ENOUGH_CANDIDATES = 100;
  private static final Comparator<PodView> MOST_IMPORTANT_FIRST =
      Comparator.comparingInt((PodView pod) -> -pod.priority()).thenComparing(Preemption::started);
  private static final Comparator<Outcome.Evict> CHEAPEST =
      Comparator.comparingInt((Outcome.Evict evict) -> evict.victims().getFirst().priority())
          .thenComparingLong(evict -> evict.victims().stream().mapToLong(Preemption::cost).sum())
          .thenComparingInt(evict -> evict.victims().size())
          .thenComparing(evict -> started(evict.victims().getFirst()), Comparator.reverseOrder());

  private final List<FilterPlugin> filters;

  /// What can be done.
  sealed interface Outcome {
    /// @param victims not empty, the most important first
    record Evict(String node, List<PodView> victims) implements Outcome {}

    record Nothing(String why) implements Outcome {}
  }

  Preemption(List<FilterPlugin> filters) {
    this.filters = filters;
  }

  /// Leaves the snapshot as it was.
  Outcome find(PodView pod, List<NodeView> crowded, Snapshot snapshot) {
    if (!pod.preempts()) {
      return new Outcome.Nothing("not eligible due to preemptionPolicy=Never.");
    }
    if (snapshot.promisedTo(pod).filter(node -> isBeingCleared(node, pod)).isPresent()) {
      return new Outcome.Nothing("not eligible due to a terminating pod on the nominated node.");
    }
    int total = snapshot.nodes().size();
    int wanted = Math.max(ENOUGH_CANDIDATES, total / 10);
    Map<String, Integer> reasons = new TreeMap<>();
    if (total > crowded.size()) {
      reasons.put("Preemption is not helpful for scheduling", total - crowded.size());
    }
    List<Outcome.Evict> candidates = new ArrayList<>();
    for (NodeView node : crowded) {
      if (candidates.size() == wanted) {
        break;
      }
      List<PodView> lower =
          node.pods().stream()
              .filter(other -> other.priority() < pod.priority())
              .sorted(MOST_IMPORTANT_FIRST)
              .toList();
      if (lower.isEmpty()) {
        reasons.merge("No preemption victims found for incoming pod", 1, Integer::sum);
        continue;
      }
      victims(pod, node, lower, snapshot, reasons)
          .ifPresent(victims -> candidates.add(new Outcome.Evict(node.name(), victims)));
    }
    return candidates.stream()
        .min(CHEAPEST)
        .<Outcome>map(cheapest -> cheapest)
        .orElseGet(() -> new Outcome.Nothing(Cycle.message(total, reasons)));
  }

  private Optional<List<PodView>> victims(
      PodView pod,
      NodeView node,
      List<PodView> lower,
      Snapshot snapshot,
      Map<String, Integer> reasons) {
    lower.forEach(other -> node.remove(other.uid()));
    try {
      if (test(pod, node, snapshot) instanceof Verdict.Rejects rejects) {
        rejects.reasons().forEach(reason -> reasons.merge(reason, 1, Integer::sum));
        return Optional.empty();
      }
      List<PodView> victims = new ArrayList<>();
      for (PodView other : lower) {
        node.add(other);
        if (test(pod, node, snapshot) instanceof Verdict.Rejects) {
          node.remove(other.uid());
          victims.add(other);
        }
      }
      return victims.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(victims));
    } finally {
      lower.forEach(node::add);
    }
  }

  private Verdict test(PodView pod, NodeView node, Snapshot snapshot) {
    return filters.stream()
        .map(filter -> filter.prepare(pod, snapshot).test(node))
        .filter(verdict -> verdict instanceof Verdict.Rejects)
        .findFirst()
        .orElse(Verdict.FITS);
  }

  private static boolean isBeingCleared(NodeView node, PodView pod) {
    return node.pods().stream()
        .anyMatch(other -> other.isTerminating() && other.priority() < pod.priority());
  }

  /// Never negative, so that one more victim always costs more.
  private static long cost(PodView victim) {
    return (long) victim.priority() - Integer.MIN_VALUE;
  }

  private static String started(PodView pod) {
    var status = pod.pod().getStatus();
    return status == null || status.getStartTime() == null ? "~" : status.getStartTime();
  }
}
