package dev.navarch.apiserver.kinds;

import dev.navarch.api.Json;
import dev.navarch.apiserver.cel.CompileFailed;
import dev.navarch.apiserver.cel.DeviceExpression;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// What claims and classes of devices say alike: which devices they pick, and what is told to
/// drivers.
final class DeviceRules {
  private static final int MOST = 32;
  private static final int LONGEST_EXPRESSION = 10 * 1024;
  private static final int LONGEST_PARAMETERS = 10 * 1024;

  private DeviceRules() {}

  static void atMost(Place list, int most) {
    if (list.node().size() > most) {
      list.tooMany(most);
    }
  }

  static void selectors(Place list) {
    atMost(list, MOST);
    for (Place selector : list.items()) {
      if (!selector.at("cel").isSet()) {
        selector.at("cel").required("");
        continue;
      }
      Place expression = selector.at("cel", "expression");
      if (expression.present()) {
        expression(expression);
      }
    }
  }

  private static void expression(Place place) {
    if (place.text().getBytes(StandardCharsets.UTF_8).length > LONGEST_EXPRESSION) {
      place.tooLong(LONGEST_EXPRESSION);
      return;
    }
    try {
      DeviceExpression compiled = DeviceExpression.compile(place.text());
      compiled.complaint().ifPresent(place::invalid);
      if (compiled.estimatedCost() > DeviceExpression.MOST) {
        place.forbidden("too complex, exceeds cost limit");
      }
    } catch (CompileFailed e) {
      place.invalid(String.valueOf(e.getMessage()));
    }
  }

  /// What drivers are told; `opaque` is the one form of it.
  static void configuration(Place list) {
    atMost(list, MOST);
    for (Place one : list.items()) {
      Place opaque = one.at("opaque");
      if (!opaque.isSet()) {
        one.required("must specify one of: `opaque`");
        continue;
      }
      if (opaque.at("driver").present()) {
        opaque.at("driver").dnsSubdomain();
      }
      Place parameters = opaque.at("parameters");
      if (!parameters.isSet()) {
        parameters.required("");
      } else if (!parameters.node().isObject()) {
        parameters.invalid("must be a valid JSON object");
      } else if (Json.bytes(parameters.node()).length > LONGEST_PARAMETERS) {
        parameters.tooLong(LONGEST_PARAMETERS);
      }
    }
  }

  static void tolerations(Place list) {
    atMost(list, 16);
    for (Place toleration : list.items()) {
      String operator = toleration.at("operator").text();
      if (toleration.at("key").isEmpty() && !operator.equals("Exists")) {
        toleration.at("operator").invalid("operator must be Exists when `key` is empty");
      }
      if (operator.equals("Exists") && !toleration.at("value").isEmpty()) {
        toleration.at("value").invalid("must be empty when operator is `Exists`");
      }
    }
  }

  /// Refuses what this cluster does not act on: devices would be given out as if it were not there.
  static void notHere(Place at, List<String> fields) {
    for (String field : fields) {
      if (!at.at(field).isEmpty()) {
        at.at(field).forbidden("is not supported by this cluster: leave it out");
      }
    }
  }
}
