package dev.navarch.apiserver.kinds;

import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What moves an autoscaler: each metric names one source and one target that fits its type; and
/// how fast it may move.
final class HpaMetrics {
  private static final List<String> SOURCES =
      List.of("object", "pods", "resource", "containerResource", "external");
  private static final int MOST_WINDOW = 3600;
  private static final int MOST_PERIOD = 1800;

  private HpaMetrics() {}

  /// Up at once, by four pods or by as many as there are; down by any number.
  static void setDefaults(ObjectNode behavior) {
    ObjectNode up = Defaults.object(behavior, "scaleUp");
    Defaults.put(up, "selectPolicy", "Max");
    Defaults.put(up, "stabilizationWindowSeconds", 0);
    if (up.path("policies").isEmpty()) {
      ArrayNode policies = up.putArray("policies");
      policies.addObject().put("type", "Pods").put("value", 4).put("periodSeconds", 15);
      policies.addObject().put("type", "Percent").put("value", 100).put("periodSeconds", 15);
    }
    ObjectNode down = Defaults.object(behavior, "scaleDown");
    Defaults.put(down, "selectPolicy", "Max");
    if (down.path("policies").isEmpty()) {
      down.putArray("policies")
          .addObject()
          .put("type", "Percent")
          .put("value", 100)
          .put("periodSeconds", 15);
    }
  }

  static void validate(Place spec) {
    spec.at("metrics").items().forEach(HpaMetrics::validateMetric);
    for (String direction : List.of("scaleUp", "scaleDown")) {
      spec.at("behavior").ifSet(direction).ifPresent(HpaMetrics::validateRules);
    }
  }

  private static void validateMetric(Place metric) {
    Place type = metric.at("type");
    if (!type.present("must specify a metric source type")) {
      return;
    }
    String expected =
        type.text().substring(0, 1).toLowerCase(Locale.ROOT) + type.text().substring(1);
    List<Place> sources = metric.anyOf(SOURCES);
    if (SOURCES.contains(expected) && !metric.at(expected).isSet()) {
      metric.at(expected).required("must populate information for the given metric source");
    }
    for (Place source : sources) {
      if (!source.path().endsWith("." + expected)) {
        source.forbidden("must populate the given metric source only");
      } else {
        validateSource(source, expected);
      }
    }
  }

  private static void validateSource(Place source, String kind) {
    Place target = source.at("target");
    switch (kind) {
      case "resource", "containerResource" -> {
        source.at("name").present("must specify a resource name");
        if (kind.equals("containerResource")) {
          source.at("container").present("must specify a container");
        }
        boolean share = target.at("averageUtilization").isSet();
        boolean amount = target.at("averageValue").isSet();
        if (!share && !amount) {
          target
              .at("averageUtilization")
              .required("must set either a target raw value or a target utilization");
        } else if (share && amount) {
          target
              .at("averageValue")
              .forbidden("may not set both a target raw value and a target utilization");
        }
      }
      case "pods" -> {
        source.at("metric", "name").present("must specify a metric name");
        target.at("averageValue").present("must specify a positive target averageValue");
      }
      case "object" -> {
        source.at("describedObject", "kind").present();
        source.at("describedObject", "name").present();
        source.at("metric", "name").present("must specify a metric name");
        eitherValue(target);
      }
      default -> {
        source.at("metric", "name").present("must specify a metric name");
        eitherValue(target);
      }
    }
    Place share = target.at("averageUtilization");
    if (share.isSet() && share.number(0) < 1) {
      share.invalid("must be greater than 0");
    }
    for (String amount : List.of("value", "averageValue")) {
      if (target.at(amount).isSet()
          && Resources.quantity(target.at(amount).node())
              .filter(q -> q.signum() <= 0)
              .isPresent()) {
        target.at(amount).invalid("must be positive");
      }
    }
  }

  private static void eitherValue(Place target) {
    boolean value = target.at("value").isSet();
    boolean average = target.at("averageValue").isSet();
    if (!value && !average) {
      target
          .at("averageValue")
          .required("must set either a target value for metric or a per-pod target");
    } else if (value && average) {
      target
          .at("value")
          .forbidden("may not set both a target value for metric and a per-pod target");
    }
  }

  private static void validateRules(Place rules) {
    Place window = rules.at("stabilizationWindowSeconds");
    window.atLeast(0);
    if (window.number(0) > MOST_WINDOW) {
      window.invalid("must be less than or equal to %d".formatted(MOST_WINDOW));
    }
    if (rules.at("policies").isEmpty()) {
      rules.at("policies").required("must specify at least one Policy");
    }
    for (Place policy : rules.at("policies").items()) {
      for (String field : List.of("value", "periodSeconds")) {
        if (policy.at(field).number(0) <= 0) {
          policy
              .at(field)
              .invalidShown(Long.toString(policy.at(field).number(0)), "must be greater than zero");
        }
      }
      if (policy.at("periodSeconds").number(0) > MOST_PERIOD) {
        policy
            .at("periodSeconds")
            .invalid("must be less than or equal to %d".formatted(MOST_PERIOD));
      }
    }
  }
}
