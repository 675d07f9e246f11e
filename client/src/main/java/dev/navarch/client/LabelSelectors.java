package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whether a typed selector picks an object by its labels.
public final class LabelSelectors {
  private LabelSelectors() {}

  public static boolean matches(@Nullable LabelSelector selector, HasMetadata object) {
    return matches(selector, object.getMetadata().getLabels());
  }

  /// An empty selector picks everything, a missing one nothing.
  public static boolean matches(
      @Nullable LabelSelector selector, @Nullable Map<String, String> labels) {
    if (selector == null) {
      return false;
    }
    Map<String, String> present = labels == null ? Map.of() : labels;
    Map<String, String> exact =
        selector.getMatchLabels() == null ? Map.of() : selector.getMatchLabels();
    return present.entrySet().containsAll(exact.entrySet())
        && selector.getMatchExpressions().stream().allMatch(one -> holds(one, present));
  }

  public static boolean isEmpty(LabelSelector selector) {
    return (selector.getMatchLabels() == null || selector.getMatchLabels().isEmpty())
        && selector.getMatchExpressions().isEmpty();
  }

  private static boolean holds(LabelSelectorRequirement one, Map<String, String> labels) {
    String value = labels.get(one.getKey());
    return switch (one.getOperator()) {
      case "In" -> value != null && one.getValues().contains(value);
      case "NotIn" -> value == null || !one.getValues().contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      default ->
          throw new IllegalArgumentException(
              "selector operator %s: expected In, NotIn, Exists or DoesNotExist"
                  .formatted(one.getOperator()));
    };
  }
}
