package dev.navarch.apiserver.kinds;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a job makes of failing pods, and when enough of its indexes are done.
final class JobPolicies {
  private static final int MOST_RULES = 20;
  private static final int MOST_CODES = 255;

  private JobPolicies() {}

  /// A condition that names no status is meant to be true.
  static void setDefaults(ObjectNode spec) {
    for (JsonNode rule : spec.at("/podFailurePolicy/rules")) {
      for (JsonNode condition : rule.path("onPodConditions")) {
        if (condition instanceof ObjectNode pattern) {
          Defaults.put(pattern, "status", "True");
        }
      }
    }
  }

  static void validate(Place spec) {
    boolean indexed = spec.at("completionMode").text().equals("Indexed");
    Place failure = spec.at("podFailurePolicy");
    if (failure.isSet()) {
      Place restart = spec.at("template", "spec", "restartPolicy");
      if (!restart.text().equals("Never")) {
        restart.invalidText(
            restart.text(), "only \"Never\" is supported when podFailurePolicy is specified");
      }
      validateFailurePolicy(spec, failure);
    }
    if (!indexed) {
      for (String field : List.of("backoffLimitPerIndex", "maxFailedIndexes")) {
        if (spec.at(field).isSet()) {
          spec.at(field).invalid("requires indexed completion mode");
        }
      }
      if (spec.at("successPolicy").isSet()) {
        spec.at("successPolicy").invalid("requires indexed completion mode");
      }
    }
    if (spec.at("maxFailedIndexes").isSet() && !spec.at("backoffLimitPerIndex").isSet()) {
      spec.at("backoffLimitPerIndex").required("when maxFailedIndexes is specified");
    }
    if (indexed && spec.at("successPolicy").isSet()) {
      SuccessPolicies.validate(spec.at("successPolicy", "rules"), spec.at("completions").number(0));
    }
    Place replacement = spec.at("podReplacementPolicy");
    if (failure.isSet() && !replacement.isEmpty() && !replacement.text().equals("Failed")) {
      replacement.notSupported(List.of("Failed"));
    }
  }

  private static void validateFailurePolicy(Place spec, Place policy) {
    Place rules = policy.at("rules");
    if (rules.items().size() > MOST_RULES) {
      rules.tooMany(MOST_RULES);
    }
    Set<String> containers = new HashSet<>();
    for (String list : List.of("containers", "initContainers")) {
      spec.at("template", "spec", list)
          .items()
          .forEach(container -> containers.add(container.at("name").text()));
    }
    for (Place rule : rules.items()) {
      rule.at("action").present("valid values: \"Count\", \"FailIndex\", \"FailJob\", \"Ignore\"");
      if (rule.at("action").text().equals("FailIndex")
          && !spec.at("backoffLimitPerIndex").isSet()) {
        rule.at("action").invalid("requires the backoffLimitPerIndex to be set");
      }
      Place codes = rule.at("onExitCodes");
      boolean conditions = !rule.at("onPodConditions").isEmpty();
      if (codes.isSet() && conditions) {
        rule.invalid("specifying both OnExitCodes and OnPodConditions is not supported");
      } else if (!codes.isSet() && !conditions) {
        rule.invalid("specifying one of OnExitCodes and OnPodConditions is required");
      }
      if (codes.isSet()) {
        validateCodes(codes, containers);
      }
      for (Place condition : rule.at("onPodConditions").items()) {
        condition.at("type").present();
        condition.at("status").present("valid values: \"False\", \"True\", \"Unknown\"");
      }
    }
  }

  private static void validateCodes(Place codes, Set<String> containers) {
    Place operator = codes.at("operator");
    operator.present("valid values: \"In\", \"NotIn\"");
    Place name = codes.at("containerName");
    if (!name.isEmpty() && !containers.contains(name.text())) {
      name.invalid("must be one of the container or initContainer names in the pod template");
    }
    Place values = codes.at("values");
    if (values.isEmpty()) {
      values.invalid("at least one value is required");
    } else if (values.items().size() > MOST_CODES) {
      values.invalid("must have at most %d items".formatted(MOST_CODES));
    }
    Set<Long> seen = new HashSet<>();
    long last = Long.MIN_VALUE;
    for (Place value : values.items()) {
      long code = value.number(0);
      if (operator.text().equals("In") && code == 0) {
        value.invalid("must not be 0 for the In operator");
      }
      if (!seen.add(code)) {
        value.duplicate();
      } else if (code < last) {
        values.invalid("must be ordered");
      }
      last = code;
    }
  }
}
