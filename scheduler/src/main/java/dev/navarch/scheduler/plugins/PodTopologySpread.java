package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Spreads alike pods over zones, nodes or whatever a constraint names: `DoNotSchedule` filters,
/// `ScheduleAnyway` scores. Pods of one owner are spread over nodes and zones even without a
/// constraint.
public record PodTopologySpread() implements FilterPlugin, ScorePlugin {
  private static final Verdict NO_DOMAIN =
      new Verdict.Unfit(
          "node(s) didn't match pod topology spread constraints (missing required label)");
  private static final Verdict SKEWED =
      new Verdict.Crowded("node(s) didn't match pod topology spread constraints");

  @Override
  public String name() {
    return "PodTopologySpread";
  }

  @Override
  public int weight() {
    return 2;
  }

  @Override
  public Filter prepare(PodView pod, Snapshot snapshot) {
    List<SpreadConstraint> hard = SpreadConstraint.of(pod, "DoNotSchedule");
    List<Counted> counted =
        hard.stream().map(constraint -> Counted.of(constraint, hard, pod, snapshot)).toList();
    return node ->
        counted.stream()
            .map(constraint -> constraint.test(node))
            .filter(verdict -> verdict instanceof Verdict.Rejects)
            .findFirst()
            .orElse(Verdict.FITS);
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    boolean stated = !pod.spreadConstraints().isEmpty();
    List<SpreadConstraint> soft =
        stated ? SpreadConstraint.of(pod, "ScheduleAnyway") : SpreadConstraint.unstated(pod);
    if (soft.isEmpty()) {
      return new long[nodes.size()];
    }
    List<NodeView> counting = nodes.stream().filter(node -> !stated || hasAll(soft, node)).toList();
    double[] crowd = new double[nodes.size()];
    for (SpreadConstraint constraint : soft) {
      addCrowd(crowd, constraint, nodes, counting, snapshot);
    }
    return rated(crowd, nodes, Set.copyOf(counting));
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(
        ClusterEvent.NODE_ADDED,
        ClusterEvent.NODE_LABELS_CHANGED,
        ClusterEvent.POD_ADDED,
        ClusterEvent.POD_REMOVED,
        ClusterEvent.POD_CHANGED);
  }

  private static boolean hasAll(List<SpreadConstraint> constraints, NodeView node) {
    return constraints.stream()
        .allMatch(constraint -> node.labels().containsKey(constraint.topologyKey()));
  }

  /// Adds how many alike pods each node's domain holds; the more domains there are, the more one
  /// pod weighs.
  private static void addCrowd(
      double[] crowd,
      SpreadConstraint constraint,
      List<NodeView> nodes,
      List<NodeView> counting,
      Snapshot snapshot) {
    String key = constraint.topologyKey();
    boolean perNode = key.equals(SpreadConstraint.HOSTNAME);
    Map<String, Long> byDomain = new HashMap<>();
    for (NodeView node : counting) {
      String domain = node.labels().get(key);
      if (domain != null) {
        byDomain.put(domain, 0L);
      }
    }
    if (byDomain.isEmpty()) {
      return;
    }
    for (NodeView node : perNode ? counting : snapshot.nodes()) {
      String domain = node.labels().get(key);
      if (domain != null && byDomain.containsKey(domain) && constraint.nodes().test(node)) {
        byDomain.merge(domain, constraint.count(node), Long::sum);
      }
    }
    double weight = Math.log(byDomain.size() + 2.0);
    for (int i = 0; i < crowd.length; i++) {
      String domain = nodes.get(i).labels().get(key);
      if (domain != null) {
        crowd[i] += byDomain.getOrDefault(domain, 0L) * weight + constraint.maxSkew() - 1;
      }
    }
  }

  /// The emptier the better; nodes that do not count get nothing.
  private static long[] rated(double[] crowd, List<NodeView> nodes, Set<NodeView> counting) {
    long most = 0;
    long least = Long.MAX_VALUE;
    for (int i = 0; i < crowd.length; i++) {
      if (counting.contains(nodes.get(i))) {
        most = Math.max(most, Math.round(crowd[i]));
        least = Math.min(least, Math.round(crowd[i]));
      }
    }
    long[] scores = new long[crowd.length];
    for (int i = 0; i < scores.length; i++) {
      if (counting.contains(nodes.get(i))) {
        scores[i] = most == 0 ? MOST : MOST * (most + least - Math.round(crowd[i])) / most;
      }
    }
    return scores;
  }

  /// A constraint with the number of alike pods in each of its domains.
  ///
  /// @param fewest pods in a domain
  /// @param self 1 when the pod counts itself
  private record Counted(
      SpreadConstraint constraint, Map<String, Long> pods, long fewest, int self) {

    /// Only nodes that have a domain for every one of the constraints count.
    static Counted of(
        SpreadConstraint constraint, List<SpreadConstraint> all, PodView pod, Snapshot snapshot) {
      Map<String, Long> counts = new HashMap<>();
      for (NodeView node : snapshot.nodes()) {
        if (hasAll(all, node) && constraint.nodes().test(node)) {
          String domain = node.labels().getOrDefault(constraint.topologyKey(), "");
          counts.merge(domain, constraint.count(node), Long::sum);
        }
      }
      long fewest =
          counts.size() < constraint.minDomains()
              ? 0
              : counts.values().stream().mapToLong(Long::longValue).min().orElse(0);
      return new Counted(constraint, counts, fewest, constraint.alike().test(pod) ? 1 : 0);
    }

    Verdict test(NodeView node) {
      String domain = node.labels().get(constraint.topologyKey());
      if (domain == null) {
        return NO_DOMAIN;
      }
      long skew = pods.getOrDefault(domain, 0L) + self - fewest;
      return skew > constraint.maxSkew() ? SKEWED : Verdict.FITS;
    }
  }
}
