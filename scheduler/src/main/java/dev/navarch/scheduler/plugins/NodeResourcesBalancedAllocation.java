package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.Amounts;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import java.util.List;

/// Prefers nodes whose processor and memory would be about equally full. Says nothing of pods that
/// request neither: they would all go to the same node.
public record NodeResourcesBalancedAllocation() implements ScorePlugin {
  @Override
  public String name() {
    return "NodeResourcesBalancedAllocation";
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    boolean silent =
        pod.requests().get(Amounts.CPU) == 0 && pod.requests().get(Amounts.MEMORY) == 0;
    return silent
        ? new long[nodes.size()]
        : nodes.stream().mapToLong(node -> balance(pod, node)).toArray();
  }

  private static long balance(PodView pod, NodeView node) {
    boolean comparable =
        node.allocatable().get(Amounts.CPU) > 0 && node.allocatable().get(Amounts.MEMORY) > 0;
    double apart =
        comparable
            ? Math.abs(used(pod, node, Amounts.CPU) - used(pod, node, Amounts.MEMORY)) / 2
            : 0;
    return (long) ((1 - apart) * MOST);
  }

  private static double used(PodView pod, NodeView node, String resource) {
    double asked = node.requested().get(resource) + pod.requests().get(resource);
    return Math.min(1, asked / node.allocatable().get(resource));
  }
}
