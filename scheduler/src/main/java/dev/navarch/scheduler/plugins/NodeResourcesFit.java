package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.Amounts;
import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Keeps the requests of a node's pods within what the node has to give, and prefers nodes with
/// more to spare.
public record NodeResourcesFit() implements FilterPlugin, ScorePlugin {
  @Override
  public String name() {
    return "NodeResourcesFit";
  }

  @Override
  public Verdict filter(PodView pod, NodeView node) {
    List<String> lacking =
        pod.requests().byName().entrySet().stream()
            .filter(request -> request.getValue() > 0)
            .filter(request -> request.getValue() > free(node, request.getKey()))
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    if (lacking.isEmpty()) {
      return Verdict.FITS;
    }
    List<String> reasons =
        lacking.stream()
            .map(name -> name.equals(Amounts.PODS) ? "Too many pods" : "Insufficient " + name)
            .toList();
    boolean tooSmall =
        lacking.stream().anyMatch(name -> pod.requests().get(name) > node.allocatable().get(name));
    return tooSmall ? new Verdict.Unfit(reasons) : new Verdict.Crowded(reasons);
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    return nodes.stream().mapToLong(node -> spare(pod, node)).toArray();
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.POD_REMOVED, ClusterEvent.NODE_ALLOCATABLE_CHANGED);
  }

  private static long free(NodeView node, String resource) {
    return node.allocatable().get(resource) - node.requested().get(resource);
  }

  /// The mean of what would be left of processor and memory, of 100.
  private static long spare(PodView pod, NodeView node) {
    LongStream shares =
        Stream.of(Amounts.CPU, Amounts.MEMORY)
            .filter(name -> node.allocatable().get(name) > 0)
            .mapToLong(
                name -> {
                  long has = node.allocatable().get(name);
                  long left = has - node.load().get(name) - pod.load().get(name);
                  return Math.max(0, left) * MOST / has;
                });
    return (long) shares.average().orElse(0);
  }
}
