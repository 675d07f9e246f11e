package dev.navarch.scheduler;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// Finds the node for one pod: first the nodes on which it can run, then the best of them. A pure
/// function of the snapshot and the random numbers that break ties.
final class Cycle {
  private static final int ENOUGH_NODES = 100;

  private final List<FilterPlugin> filters;
  private final List<ScorePlugin> scores;
  private final RandomGenerator random;
  private int start;

  /// What came of it.
  sealed interface Decision {
    record Fits(String node) implements Decision {}

    /// @param message what the event says: `0/3 nodes are available: 3 Insufficient cpu.`
    /// @param retryOn the events that may change it
    record NoNode(String message, Set<ClusterEvent> retryOn) implements Decision {}
  }

  Cycle(List<FilterPlugin> filters, List<ScorePlugin> scores, RandomGenerator random) {
    this.filters = filters;
    this.scores = scores;
    this.random = random;
  }

  Decision decide(PodView pod, Snapshot snapshot) {
    List<NodeView> nodes = snapshot.nodes();
    if (nodes.isEmpty()) {
      return new Decision.NoNode(
          "no nodes available to schedule pods", Set.of(ClusterEvent.NODE_ADDED));
    }
    List<FilterPlugin.Filter> ready =
        filters.stream().map(filter -> filter.prepare(pod, snapshot)).toList();
    Map<String, Integer> reasons = new TreeMap<>();
    Set<ClusterEvent> retryOn = new HashSet<>();
    List<NodeView> fitting = new ArrayList<>();
    int wanted = enough(nodes.size());
    int looked = 0;
    while (looked < nodes.size() && fitting.size() < wanted) {
      NodeView node = nodes.get((start + looked++) % nodes.size());
      if (fits(ready, node, reasons, retryOn)) {
        fitting.add(node);
      }
    }
    start = (start + looked) % nodes.size();
    if (fitting.isEmpty()) {
      retryOn.add(ClusterEvent.NODE_ADDED);
      return new Decision.NoNode(message(nodes.size(), reasons), retryOn);
    }
    return new Decision.Fits(best(pod, fitting, snapshot).name());
  }

  private boolean fits(
      List<FilterPlugin.Filter> ready,
      NodeView node,
      Map<String, Integer> reasons,
      Set<ClusterEvent> retryOn) {
    for (int i = 0; i < ready.size(); i++) {
      if (ready.get(i).test(node) instanceof Verdict.Rejects(String reason)) {
        for (String each : reason.split("\n", -1)) {
          reasons.merge(each, 1, Integer::sum);
        }
        retryOn.addAll(filters.get(i).retryOn());
        return false;
      }
    }
    return true;
  }

  private NodeView best(PodView pod, List<NodeView> fitting, Snapshot snapshot) {
    if (fitting.size() == 1) {
      return fitting.getFirst();
    }
    long[] totals = new long[fitting.size()];
    for (ScorePlugin plugin : scores) {
      long[] points = plugin.score(pod, fitting, snapshot);
      for (int i = 0; i < totals.length; i++) {
        totals[i] += points[i] * plugin.weight();
      }
    }
    int best = 0;
    int equals = 1;
    for (int i = 1; i < totals.length; i++) {
      if (totals[i] > totals[best]) {
        best = i;
        equals = 1;
      } else if (totals[i] == totals[best] && random.nextInt(++equals) == 0) {
        best = i;
      }
    }
    return fitting.get(best);
  }

  /// On large clusters a part of the fitting nodes is enough: from 50 % of them down to 5 %.
  private static int enough(int nodes) {
    if (nodes <= ENOUGH_NODES) {
      return nodes;
    }
    int percent = Math.max(5, 50 - nodes / 125);
    return Math.max(ENOUGH_NODES, nodes * percent / 100);
  }

  private static String message(int nodes, Map<String, Integer> reasons) {
    List<String> parts =
        reasons.entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey())
            .sorted()
            .toList();
    return "0/%d nodes are available: %s.".formatted(nodes, String.join(", ", parts));
  }
}
