package dev.navarch.scheduler.plugins;

import dev.navarch.client.NodeSelectors;
import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.PreferredSchedulingTerm;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Honours `nodeSelector` and node affinity: required terms filter, preferred ones score.
public record NodeAffinity() implements FilterPlugin, ScorePlugin {
  @Override
  public String name() {
    return "NodeAffinity";
  }

  @Override
  public int weight() {
    return 2;
  }

  @Override
  public Verdict filter(PodView pod, NodeView node) {
    return matches(pod, node)
        ? Verdict.FITS
        : new Verdict.Unfit("node(s) didn't match Pod's node affinity/selector");
  }

  /// Whether a pod's selector and required affinity admit a node.
  static boolean matches(PodView pod, NodeView node) {
    boolean selected =
        pod.nodeSelector().entrySet().stream()
            .allMatch(entry -> entry.getValue().equals(node.labels().get(entry.getKey())));
    return selected && required(pod).map(selector -> admits(selector, node)).orElse(true);
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    List<PreferredSchedulingTerm> preferred =
        pod.affinity()
            .map(Affinity::getNodeAffinity)
            .map(affinity -> affinity.getPreferredDuringSchedulingIgnoredDuringExecution())
            .orElse(List.of());
    long[] weights = new long[nodes.size()];
    for (int i = 0; i < weights.length; i++) {
      NodeView node = nodes.get(i);
      weights[i] =
          preferred.stream()
              .filter(term -> NodeSelectors.holds(term.getPreference(), node.name(), node.labels()))
              .mapToLong(PreferredSchedulingTerm::getWeight)
              .sum();
    }
    return ScorePlugin.normalized(weights, false);
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.NODE_LABELS_CHANGED);
  }

  private static Optional<NodeSelector> required(PodView pod) {
    return pod.affinity()
        .map(Affinity::getNodeAffinity)
        .map(affinity -> affinity.getRequiredDuringSchedulingIgnoredDuringExecution());
  }

  static boolean admits(NodeSelector selector, NodeView node) {
    return NodeSelectors.admits(selector, node.name(), node.labels());
  }
}
