package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.Verdict;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.Set;

/// Keeps pods off cordoned nodes, unless they tolerate the taint that stands for it.
public record NodeUnschedulable() implements FilterPlugin {
  private static final Taint CORDONED =
      new Taint("NoSchedule", "node.kubernetes.io/unschedulable", null, null);

  @Override
  public String name() {
    return "NodeUnschedulable";
  }

  @Override
  public Verdict filter(PodView pod, NodeView node) {
    return node.isUnschedulable() && !pod.tolerates(CORDONED)
        ? new Verdict.Unfit("node(s) were unschedulable")
        : Verdict.FITS;
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.NODE_TAINTS_CHANGED);
  }
}
