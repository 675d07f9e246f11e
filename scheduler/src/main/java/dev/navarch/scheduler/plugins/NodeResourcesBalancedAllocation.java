package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.Amounts;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import java.util.List;

/// Prefers nodes whose processor and memory would be about equally full.
public record NodeResourcesBalancedAllocation() implements ScorePlugin {
  @Override
  public String name() {
    return "NodeResourcesBalancedAllocation";
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    return nodes.stream()
        .mapToLong(
            node -> {
              long cpu =
                  NodeResourcesFit.used(node, pod, Amounts.CPU, NodeResourcesFit.UNSTATED_CPU);
              long memory =
                  NodeResourcesFit.used(
                      node, pod, Amounts.MEMORY, NodeResourcesFit.UNSTATED_MEMORY);
              return MOST - Math.abs(cpu - memory) / 2;
            })
        .toArray();
  }
}
