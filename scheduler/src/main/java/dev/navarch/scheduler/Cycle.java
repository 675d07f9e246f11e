package dev.navarch.scheduler;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    /// @param crowded the nodes on which only other pods stand in the way
    record NoNode(String message, Set<ClusterEvent> retryOn, List<NodeView> crowded)
        implements Decision {}
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
          "no nodes available to schedule pods", Set.of(ClusterEvent.NODE_ADDED), List.of());
    }
    for (FilterPlugin filter : filters) {
      Optional<String> refusal = filter.refusal(pod, snapshot);
      if (refusal.isPresent()) {
        String message = "0/%d nodes are available: %s.".formatted(nodes.size(), refusal.get());
        return new Decision.NoNode(message, filter.retryOn(), List.of());
      }
    }
    Search search = new Search(pod, snapshot);
    Optional<NodeView> promised = snapshot.promisedTo(pod).filter(search::admits);
    return promised.isPresent() ? new Decision.Fits(promised.get().name()) : choose(search);
  }

  private Decision choose(Search search) {
    List<NodeView> nodes = search.snapshot.nodes();
    int wanted = enough(nodes.size());
    List<NodeView> fitting = new ArrayList<>();
    int looked = 0;
    while (looked < nodes.size() && fitting.size() < wanted) {
      NodeView node = nodes.get((start + looked++) % nodes.size());
      if (search.fits(node)) {
        fitting.add(node);
      }
    }
    start = (start + looked) % nodes.size();
    return fitting.isEmpty()
        ? search.failure()
        : new Decision.Fits(best(search.pod, fitting, search.snapshot).name());
  }

  /// One pod's way over the nodes, with what spoke against them.
  private final class Search {
    private final PodView pod;
    private final Snapshot snapshot;
    private final List<FilterPlugin.Filter> ready;
    private final Map<String, Integer> reasons = new TreeMap<>();
    private final Set<ClusterEvent> retryOn = new HashSet<>(Set.of(ClusterEvent.NODE_ADDED));
    private final List<NodeView> crowded = new ArrayList<>();

    Search(PodView pod, Snapshot snapshot) {
      this.pod = pod;
      this.snapshot = snapshot;
      this.ready = filters.stream().map(filter -> filter.prepare(pod, snapshot)).toList();
    }

    boolean admits(NodeView node) {
      return ready.stream().allMatch(filter -> filter.test(node) instanceof Verdict.Fits);
    }

    boolean fits(NodeView node) {
      for (int i = 0; i < ready.size(); i++) {
        if (ready.get(i).test(node) instanceof Verdict.Rejects rejects) {
          rejects.reasons().forEach(reason -> reasons.merge(reason, 1, Integer::sum));
          retryOn.addAll(filters.get(i).retryOn());
          if (rejects instanceof Verdict.Crowded) {
            crowded.add(node);
          }
          return false;
        }
      }
      return true;
    }

    Decision failure() {
      return new Decision.NoNode(
          message(snapshot.nodes().size(), reasons), Set.copyOf(retryOn), List.copyOf(crowded));
    }
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
  static int enough(int nodes) {
    if (nodes <= ENOUGH_NODES) {
      return nodes;
    }
    int percent = Math.max(5, 50 - nodes / 125);
    return Math.max(ENOUGH_NODES, nodes * percent / 100);
  }

  static String message(int nodes, Map<String, Integer> reasons) {
    List<String> parts =
        reasons.entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey())
            .sorted()
            .toList();
    return "0/%d nodes are available: %s.".formatted(nodes, String.join(", ", parts));
  }
}
