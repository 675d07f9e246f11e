package dev.navarch.scheduler.plugins;

import dev.navarch.client.LabelSelectors;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.Verdict;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How evenly pods that are alike shall be spread over the values of a node label.
///
/// @param alike which pods count, the new one as well
/// @param nodes which nodes count
record SpreadConstraint(
    String topologyKey,
    int maxSkew,
    int minDomains,
    Predicate<PodView> alike,
    Predicate<NodeView> nodes) {
  static final String HOSTNAME = "kubernetes.io/hostname";
  private static final String ZONE = "topology.kubernetes.io/zone";

  /// @param whenUnsatisfiable `DoNotSchedule` or `ScheduleAnyway`
  static List<SpreadConstraint> of(PodView pod, String whenUnsatisfiable) {
    return pod.spreadConstraints().stream()
        .filter(constraint -> whenUnsatisfiable.equals(constraint.getWhenUnsatisfiable()))
        .map(constraint -> of(constraint, pod))
        .toList();
  }

  /// What pods of one owner are spread by when nobody says anything.
  static List<SpreadConstraint> unstated(PodView pod) {
    if (pod.controller().isEmpty()) {
      return List.of();
    }
    Predicate<PodView> siblings = other -> pod.controller().equals(other.controller());
    return Stream.of(new Unstated(HOSTNAME, 3), new Unstated(ZONE, 5))
        .map(one -> new SpreadConstraint(one.key(), one.skew(), 1, siblings, node -> true))
        .toList();
  }

  private record Unstated(String key, int skew) {}

  long count(NodeView node) {
    return node.pods().stream().filter(pod -> !pod.isTerminating() && alike.test(pod)).count();
  }

  private static SpreadConstraint of(TopologySpreadConstraint constraint, PodView pod) {
    LabelSelector selector = selector(constraint, pod);
    boolean byAffinity = !"Ignore".equals(constraint.getNodeAffinityPolicy());
    boolean byTaints = "Honor".equals(constraint.getNodeTaintsPolicy());
    return new SpreadConstraint(
        constraint.getTopologyKey(),
        constraint.getMaxSkew(),
        constraint.getMinDomains() == null ? 1 : constraint.getMinDomains(),
        other ->
            other.namespace().equals(pod.namespace())
                && LabelSelectors.matches(selector, other.labels()),
        node ->
            (!byAffinity || NodeAffinity.matches(pod, node))
                && (!byTaints || new TaintToleration().filter(pod, node) instanceof Verdict.Fits));
  }

  private static @Nullable LabelSelector selector(
      TopologySpreadConstraint constraint, PodView pod) {
    if (constraint.getMatchLabelKeys().isEmpty() || constraint.getLabelSelector() == null) {
      return constraint.getLabelSelector();
    }
    var selector = new LabelSelectorBuilder(constraint.getLabelSelector());
    AffinityTerm.like(constraint.getMatchLabelKeys(), "In", pod)
        .forEach(selector::addToMatchExpressions);
    return selector.build();
  }
}
