package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PreferredSchedulingTerm;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
              .filter(term -> holds(term.getPreference(), node))
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
    return selector.getNodeSelectorTerms().stream().anyMatch(term -> holds(term, node));
  }

  /// A term without any requirement matches nothing.
  private static boolean holds(NodeSelectorTerm term, NodeView node) {
    List<NodeSelectorRequirement> labels = orEmpty(term.getMatchExpressions());
    List<NodeSelectorRequirement> fields = orEmpty(term.getMatchFields());
    return !(labels.isEmpty() && fields.isEmpty())
        && labels.stream().allMatch(one -> holds(one, node.labels().get(one.getKey())))
        && fields.stream()
            .allMatch(one -> one.getKey().equals("metadata.name") && holds(one, node.name()));
  }

  private static boolean holds(NodeSelectorRequirement requirement, @Nullable String value) {
    List<String> values = orEmpty(requirement.getValues());
    return switch (requirement.getOperator()) {
      case "In" -> value != null && values.contains(value);
      case "NotIn" -> value == null || !values.contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      case "Gt" -> compare(value, values) > 0;
      case "Lt" -> compare(value, values) < 0;
      default -> false;
    };
  }

  /// 0 when one of the two is no number.
  private static int compare(@Nullable String value, List<String> values) {
    try {
      return value == null || values.size() != 1
          ? 0
          : Long.compare(Long.parseLong(value), Long.parseLong(values.getFirst()));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
