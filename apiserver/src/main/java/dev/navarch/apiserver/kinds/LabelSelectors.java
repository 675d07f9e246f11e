package dev.navarch.apiserver.kinds;

import dev.navarch.api.selectors.NameChecks;
import tools.jackson.databind.JsonNode;

/// Label selectors as they stand in objects: `matchLabels` and `matchExpressions`.
final class LabelSelectors {
  private LabelSelectors() {}

  static void validate(Place selector) {
    selector.at("matchLabels").labels();
    for (Place term : selector.at("matchExpressions").items()) {
      if (term.at("key").present()) {
        term.at("key").names(NameChecks.labelKey(term.at("key").text()));
      }
      Place values = term.at("values");
      switch (term.at("operator").text()) {
        case "In", "NotIn" -> {
          if (values.isEmpty()) {
            values.required("must be specified when `operator` is 'In' or 'NotIn'");
          }
          values.items().forEach(value -> value.names(NameChecks.labelValue(value.text())));
        }
        case "Exists", "DoesNotExist" -> {
          if (!values.isEmpty()) {
            values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
          }
        }
        default -> term.at("operator").invalid("not a valid selector operator");
      }
    }
  }

  /// Whether a plain map of labels is part of another.
  static boolean containsAll(JsonNode labels, JsonNode wanted) {
    return wanted.properties().stream()
        .allMatch(label -> label.getValue().equals(labels.path(label.getKey())));
  }
}
