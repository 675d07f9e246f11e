package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.Amounts;
import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Keeps the requests of a node's pods within what the node has to give, and prefers nodes with
/// more to spare.
public record NodeResourcesFit() implements FilterPlugin, ScorePlugin {
  /// What a container without a request counts for when nodes are compared, so that such pods
  /// spread.
  static final long UNSTATED_CPU = 100;

  static final long UNSTATED_MEMORY = 200L << 20;

  @Override
  public String name() {
    return "NodeResourcesFit";
  }

  @Override
  public Verdict filter(PodView pod, NodeView node) {
    List<String> lacking = new ArrayList<>(0);
    for (Map.Entry<String, Long> request : pod.requests().byName().entrySet()) {
      String name = request.getKey();
      long free = node.allocatable().get(name) - node.requested().get(name);
      if (request.getValue() > 0 && request.getValue() > free) {
        lacking.add(name.equals(Amounts.PODS) ? "Too many pods" : "Insufficient " + name);
      }
    }
    return lacking.isEmpty()
        ? Verdict.FITS
        : new Verdict.Rejects(String.join("\n", lacking.stream().sorted().toList()));
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    return nodes.stream()
        .mapToLong(
            node ->
                (MOST * 2
                        - used(node, pod, Amounts.CPU, UNSTATED_CPU)
                        - used(node, pod, Amounts.MEMORY, UNSTATED_MEMORY))
                    / 2)
        .toArray();
  }

  /// How full the node would be, from 0 to 100.
  static long used(NodeView node, PodView pod, String resource, long unstated) {
    long has = node.allocatable().get(resource);
    if (has <= 0) {
      return MOST;
    }
    long asked = pod.requests().get(resource) == 0 ? unstated : pod.requests().get(resource);
    long silent = node.pods().stream().filter(other -> other.requests().get(resource) == 0).count();
    long all = node.requested().get(resource) + silent * unstated + asked;
    return Math.min(MOST, all * MOST / has);
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.POD_REMOVED, ClusterEvent.NODE_ALLOCATABLE_CHANGED);
  }
}
