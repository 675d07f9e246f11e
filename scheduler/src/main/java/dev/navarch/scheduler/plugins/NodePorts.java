package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.Verdict;
import java.util.Set;

/// Keeps two pods from wanting the same port of a node.
public record NodePorts() implements FilterPlugin {
  @Override
  public String name() {
    return "NodePorts";
  }

  @Override
  public Verdict filter(PodView pod, NodeView node) {
    return !pod.hostPorts().isEmpty() && PodView.clash(pod.hostPorts(), node.hostPorts())
        ? new Verdict.Crowded("node(s) didn't have free ports for the requested pod ports")
        : Verdict.FITS;
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.POD_REMOVED);
  }
}
