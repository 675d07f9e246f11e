package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.List;
import java.util.Set;

/// Keeps pods off nodes whose taints they do not tolerate, and prefers nodes with fewer taints that
/// only discourage.
public record TaintToleration() implements FilterPlugin, ScorePlugin {
  @Override
  public String name() {
    return "TaintToleration";
  }

  @Override
  public int weight() {
    return 3;
  }

  @Override
  public Verdict filter(PodView pod, NodeView node) {
    boolean repelled =
        node.taints().stream().anyMatch(taint -> !isPreference(taint) && !pod.tolerates(taint));
    return repelled ? new Verdict.Unfit("node(s) had untolerated taint(s)") : Verdict.FITS;
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    long[] discouraging =
        nodes.stream()
            .mapToLong(
                node ->
                    node.taints().stream()
                        .filter(taint -> isPreference(taint) && !pod.tolerates(taint))
                        .count())
            .toArray();
    return ScorePlugin.normalized(discouraging, true);
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.NODE_TAINTS_CHANGED);
  }

  private static boolean isPreference(Taint taint) {
    return "PreferNoSchedule".equals(taint.getEffect());
  }
}
