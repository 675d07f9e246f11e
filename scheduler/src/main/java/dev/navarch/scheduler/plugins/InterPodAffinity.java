package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/// Puts pods near pods that they want beside them and away from those that they (or the others) do
/// not, by zone, node or whatever a term's topology key names.
public record InterPodAffinity() implements FilterPlugin, ScorePlugin {
  private static final Verdict FAR_FROM_FRIENDS =
      new Verdict.Unfit("node(s) didn't match pod affinity rules");
  private static final Verdict NEAR_UNWANTED =
      new Verdict.Crowded("node(s) didn't match pod anti-affinity rules");
  private static final Verdict UNWANTED =
      new Verdict.Crowded("node(s) didn't satisfy existing pods anti-affinity rules");

  /// What a required affinity of a pod that is there counts for the one that it wants near.
  private static final int REQUIRED_WEIGHT = 1;

  @Override
  public String name() {
    return "InterPodAffinity";
  }

  @Override
  public int weight() {
    return 2;
  }

  @Override
  public Filter prepare(PodView pod, Snapshot snapshot) {
    List<AffinityTerm> near = AffinityTerm.requiredNear(pod);
    List<AffinityTerm> apart = AffinityTerm.requiredApart(pod);
    Domains friendly = new Domains();
    Domains unwanted = new Domains();
    Domains closed = new Domains();
    for (NodeView node : snapshot.nodes()) {
      if (!near.isEmpty() && holds(node, other -> matchesAll(near, other, snapshot))) {
        near.forEach(term -> friendly.add(term, node));
      }
      for (AffinityTerm term : apart) {
        if (holds(node, other -> term.matches(other, snapshot))) {
          unwanted.add(term, node);
        }
      }
      for (PodView other : node.podsWithAffinity()) {
        AffinityTerm.requiredApart(other).stream()
            .filter(term -> term.matches(pod, snapshot))
            .forEach(term -> closed.add(term, node));
      }
    }
    boolean first = friendly.isEmpty() && matchesAll(near, pod, snapshot);
    return node -> {
      boolean placed =
          near.stream().allMatch(term -> node.labels().containsKey(term.topologyKey()));
      if (!placed || !(first || near.stream().allMatch(term -> friendly.contains(term, node)))) {
        return FAR_FROM_FRIENDS;
      }
      if (apart.stream().anyMatch(term -> unwanted.contains(term, node))) {
        return NEAR_UNWANTED;
      }
      return closed.hold(node) ? UNWANTED : Verdict.FITS;
    };
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    List<AffinityTerm> wishes = AffinityTerm.preferred(pod);
    Map<String, Map<String, Long>> points = new HashMap<>();
    for (NodeView node : snapshot.nodes()) {
      Collection<PodView> others = wishes.isEmpty() ? node.podsWithAffinity() : node.pods();
      for (PodView other : others) {
        for (AffinityTerm wish : wishes) {
          if (wish.matches(other, snapshot)) {
            give(points, wish, node, wish.weight());
          }
        }
        if (other.affinity().isPresent()) {
          AffinityTerm.requiredNear(other).stream()
              .filter(term -> term.matches(pod, snapshot))
              .forEach(term -> give(points, term, node, REQUIRED_WEIGHT));
          AffinityTerm.preferred(other).stream()
              .filter(term -> term.matches(pod, snapshot))
              .forEach(term -> give(points, term, node, term.weight()));
        }
      }
    }
    return points.isEmpty() ? new long[nodes.size()] : stretched(nodes, points);
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(
        ClusterEvent.POD_ADDED,
        ClusterEvent.POD_REMOVED,
        ClusterEvent.POD_CHANGED,
        ClusterEvent.NODE_LABELS_CHANGED,
        ClusterEvent.NAMESPACE_LABELS_CHANGED);
  }

  private static boolean holds(NodeView node, Predicate<PodView> pod) {
    return node.pods().stream().anyMatch(pod);
  }

  private static boolean matchesAll(List<AffinityTerm> terms, PodView pod, Snapshot snapshot) {
    return terms.stream().allMatch(term -> term.matches(pod, snapshot));
  }

  private static void give(
      Map<String, Map<String, Long>> points, AffinityTerm term, NodeView node, long weight) {
    String domain = node.labels().get(term.topologyKey());
    if (domain != null) {
      points
          .computeIfAbsent(term.topologyKey(), key -> new HashMap<>())
          .merge(domain, weight, Long::sum);
    }
  }

  /// The worst node gets 0, the best {@link #MOST}.
  private static long[] stretched(List<NodeView> nodes, Map<String, Map<String, Long>> points) {
    long[] raw =
        nodes.stream()
            .mapToLong(
                node ->
                    points.entrySet().stream()
                        .mapToLong(
                            byDomain ->
                                byDomain
                                    .getValue()
                                    .getOrDefault(
                                        node.labels().getOrDefault(byDomain.getKey(), ""), 0L))
                        .sum())
            .toArray();
    long lowest = LongStream.of(raw).min().orElse(0);
    return ScorePlugin.normalized(LongStream.of(raw).map(one -> one - lowest).toArray(), false);
  }

  /// Sets of nodes that share a label's value.
  private static final class Domains {
    private final Map<String, Set<String>> valuesByKey = new HashMap<>();

    void add(AffinityTerm term, NodeView node) {
      String value = node.labels().get(term.topologyKey());
      if (value != null) {
        valuesByKey.computeIfAbsent(term.topologyKey(), key -> new HashSet<>()).add(value);
      }
    }

    boolean isEmpty() {
      return valuesByKey.isEmpty();
    }

    boolean contains(AffinityTerm term, NodeView node) {
      String value = node.labels().get(term.topologyKey());
      return value != null
          && valuesByKey.getOrDefault(term.topologyKey(), Set.of()).contains(value);
    }

    boolean hold(NodeView node) {
      return valuesByKey.entrySet().stream()
          .anyMatch(
              entry -> {
                String value = node.labels().get(entry.getKey());
                return value != null && entry.getValue().contains(value);
              });
    }
  }
}
