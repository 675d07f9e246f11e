package dev.navarch.client;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whether a node is one of those that a pod or a volume names.
public final class NodeSelectors {
  private NodeSelectors() {}

  /// Whether a pod's `nodeSelector` and required node affinity admit a node.
  public static boolean admits(PodSpec spec, String node, Map<String, String> labels) {
    Map<String, String> exact = spec.getNodeSelector() == null ? Map.of() : spec.getNodeSelector();
    Affinity affinity = spec.getAffinity();
    NodeSelector required =
        affinity == null || affinity.getNodeAffinity() == null
            ? null
            : affinity.getNodeAffinity().getRequiredDuringSchedulingIgnoredDuringExecution();
    return labels.entrySet().containsAll(exact.entrySet())
        && (required == null || admits(required, node, labels));
  }

  public static boolean admits(NodeSelector selector, String node, Map<String, String> labels) {
    return selector.getNodeSelectorTerms().stream().anyMatch(term -> holds(term, node, labels));
  }

  /// A term without any requirement matches nothing.
  public static boolean holds(NodeSelectorTerm term, String node, Map<String, String> labels) {
    List<NodeSelectorRequirement> byLabel = orEmpty(term.getMatchExpressions());
    List<NodeSelectorRequirement> byField = orEmpty(term.getMatchFields());
    return !(byLabel.isEmpty() && byField.isEmpty())
        && byLabel.stream().allMatch(one -> holds(one, labels.get(one.getKey())))
        && byField.stream()
            .allMatch(one -> one.getKey().equals("metadata.name") && holds(one, node));
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
