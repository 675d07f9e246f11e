package dev.navarch.scheduler.plugins;

import dev.navarch.client.LabelSelectors;
import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Spreads alike pods over zones, nodes or whatever a constraint names: `DoNotSchedule` filters,
/// `ScheduleAnyway` scores. Pods of one owner are spread over nodes even without a constraint.
public record PodTopologySpread() implements FilterPlugin, ScorePlugin {
  private static final String HOSTNAME = "kubernetes.io/hostname";

  @Override
  public String name() {
    return "PodTopologySpread";
  }

  @Override
  public int weight() {
    return 2;
  }

  @Override
  public Filter prepare(PodView pod, Snapshot snapshot) {
    List<Counted> constraints =
        pod.spreadConstraints().stream()
            .filter(constraint -> "DoNotSchedule".equals(constraint.getWhenUnsatisfiable()))
            .map(constraint -> Counted.of(constraint, pod, snapshot))
            .toList();
    return node ->
        constraints.stream()
            .map(counted -> counted.test(node))
            .filter(verdict -> verdict instanceof Verdict.Rejects)
            .findFirst()
            .orElse(Verdict.FITS);
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    long[] crowd = new long[nodes.size()];
    List<TopologySpreadConstraint> soft =
        pod.spreadConstraints().stream()
            .filter(constraint -> "ScheduleAnyway".equals(constraint.getWhenUnsatisfiable()))
            .toList();
    for (TopologySpreadConstraint constraint : soft) {
      Counted counted = Counted.of(constraint, pod, snapshot);
      for (int i = 0; i < crowd.length; i++) {
        crowd[i] += counted.alike(nodes.get(i)) * MOST;
      }
    }
    if (pod.spreadConstraints().isEmpty()) {
      for (int i = 0; i < crowd.length; i++) {
        crowd[i] = siblings(pod, nodes.get(i));
      }
    }
    return ScorePlugin.normalized(crowd, true);
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(
        ClusterEvent.POD_ADDED,
        ClusterEvent.POD_REMOVED,
        ClusterEvent.POD_CHANGED,
        ClusterEvent.NODE_LABELS_CHANGED);
  }

  private static long siblings(PodView pod, NodeView node) {
    String owner = controller(pod);
    return owner.isEmpty()
        ? 0
        : node.pods().stream()
            .filter(other -> !other.isTerminating() && owner.equals(controller(other)))
            .count();
  }

  private static String controller(PodView pod) {
    List<OwnerReference> owners = pod.pod().getMetadata().getOwnerReferences();
    return owners == null
        ? ""
        : owners.stream()
            .filter(owner -> Boolean.TRUE.equals(owner.getController()))
            .map(OwnerReference::getUid)
            .findFirst()
            .orElse("");
  }

  /// A constraint with the number of alike pods in each of its domains.
  ///
  /// @param self 1 when the pod counts itself
  private record Counted(
      TopologySpreadConstraint constraint, Map<String, Long> pods, long fewest, int self) {

    static Counted of(TopologySpreadConstraint constraint, PodView pod, Snapshot snapshot) {
      LabelSelector selector = withMatchLabelKeys(constraint, pod);
      Map<String, Long> counts = new HashMap<>();
      for (NodeView node : snapshot.nodes()) {
        String domain = node.labels().get(constraint.getTopologyKey());
        if (domain != null && counts(constraint, pod, node)) {
          long alike =
              node.pods().stream()
                  .filter(
                      other ->
                          !other.isTerminating()
                              && other.namespace().equals(pod.namespace())
                              && LabelSelectors.matches(selector, other.pod()))
                  .count();
          counts.merge(domain, alike, Long::sum);
        }
      }
      Integer minDomains = constraint.getMinDomains();
      long fewest =
          minDomains != null && counts.size() < minDomains
              ? 0
              : counts.values().stream().mapToLong(Long::longValue).min().orElse(0);
      int self = LabelSelectors.matches(selector, pod.pod()) ? 1 : 0;
      return new Counted(constraint, counts, fewest, self);
    }

    Verdict test(NodeView node) {
      String domain = node.labels().get(constraint.getTopologyKey());
      if (domain == null) {
        return new Verdict.Rejects(
            "node(s) didn't match pod topology spread constraints (missing required label)");
      }
      long skew = pods.getOrDefault(domain, 0L) + self - fewest;
      return skew > constraint.getMaxSkew()
          ? new Verdict.Rejects("node(s) didn't match pod topology spread constraints")
          : Verdict.FITS;
    }

    long alike(NodeView node) {
      String domain = node.labels().getOrDefault(constraint.getTopologyKey(), "");
      return constraint.getTopologyKey().equals(HOSTNAME) || !domain.isEmpty()
          ? pods.getOrDefault(domain, 0L)
          : pods.values().stream().mapToLong(Long::longValue).sum();
    }

    private static boolean counts(TopologySpreadConstraint constraint, PodView pod, NodeView node) {
      boolean byAffinity =
          "Ignore".equals(constraint.getNodeAffinityPolicy()) || NodeAffinity.matches(pod, node);
      boolean byTaints =
          !"Honor".equals(constraint.getNodeTaintsPolicy())
              || new TaintToleration().filter(pod, node) instanceof Verdict.Fits;
      return byAffinity && byTaints;
    }

    private static LabelSelector withMatchLabelKeys(
        TopologySpreadConstraint constraint, PodView pod) {
      LabelSelectorBuilder selector =
          constraint.getLabelSelector() == null
              ? new LabelSelectorBuilder()
              : new LabelSelectorBuilder(constraint.getLabelSelector());
      if (constraint.getMatchLabelKeys() != null) {
        for (String key : constraint.getMatchLabelKeys()) {
          String value = pod.labels().get(key);
          if (value != null) {
            selector.addToMatchExpressions(new LabelSelectorRequirement(key, "In", List.of(value)));
          }
        }
      }
      return selector.build();
    }
  }
}
