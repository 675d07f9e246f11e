package dev.navarch.apiserver.kinds;

import dev.navarch.api.selectors.NameChecks;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Where a pod may run: node selectors, affinity, tolerations, spreading.
final class Placement {
  private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
  private static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

  private Placement() {}

  static void validate(Place spec) {
    spec.at("nodeSelector").labels();
    spec.at("tolerations").items().forEach(Placement::validateToleration);
    Place nodes = spec.at("affinity", "nodeAffinity");
    nodes.ifSet(REQUIRED).ifPresent(Placement::validateNodeSelector);
    for (Place term : nodes.at(PREFERRED).items()) {
      weight(term.at("weight"));
      validateNodeTerm(term.at("preference"));
    }
    for (String field : List.of("podAffinity", "podAntiAffinity")) {
      Place pods = spec.at("affinity", field);
      pods.at(REQUIRED).items().forEach(Placement::validatePodTerm);
      for (Place term : pods.at(PREFERRED).items()) {
        weight(term.at("weight"));
        validatePodTerm(term.at("podAffinityTerm"));
      }
    }
    Set<String> pairs = new HashSet<>();
    for (Place constraint : spec.at("topologySpreadConstraints").items()) {
      validateSpread(constraint);
      String pair =
          "{%s, %s}"
              .formatted(
                  constraint.at("topologyKey").text(), constraint.at("whenUnsatisfiable").text());
      if (!pairs.add(pair)) {
        constraint.at("{topologyKey, whenUnsatisfiable}").duplicate(pair);
      }
    }
  }

  static void validateNodeSelector(Place selector) {
    Place terms = selector.at("nodeSelectorTerms");
    if (terms.isEmpty()) {
      terms.required("must have at least one node selector term");
    }
    terms.items().forEach(Placement::validateNodeTerm);
  }

  private static void validateNodeTerm(Place term) {
    for (Place field : term.at("matchFields").items()) {
      if (!field.at("key").text().equals("metadata.name")) {
        field.at("key").invalid("not a valid field selector key");
      }
      if (field.at("values").items().size() != 1) {
        field
            .at("values")
            .required(
                "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
      }
    }
    for (Place expression : term.at("matchExpressions").items()) {
      if (expression.at("key").present()) {
        expression.at("key").names(NameChecks.labelKey(expression.at("key").text()));
      }
      Place values = expression.at("values");
      switch (expression.at("operator").text()) {
        case "In", "NotIn" -> {
          if (values.isEmpty()) {
            values.required("must be specified when `operator` is 'In' or 'NotIn'");
          }
        }
        case "Exists", "DoesNotExist" -> {
          if (!values.isEmpty()) {
            values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
          }
        }
        case "Gt", "Lt" -> {
          if (values.items().size() != 1) {
            values.required("must be specified single value when `operator` is 'Lt' or 'Gt'");
          }
        }
        default -> expression.at("operator").invalid("not a valid selector operator");
      }
    }
  }

  private static void validatePodTerm(Place term) {
    term.ifSet("labelSelector").ifPresent(LabelSelectors::validate);
    term.ifSet("namespaceSelector").ifPresent(LabelSelectors::validate);
    term.at("namespaces").items().forEach(Place::dnsLabel);
    if (term.at("topologyKey").present("can not be empty")) {
      term.at("topologyKey").names(NameChecks.labelKey(term.at("topologyKey").text()));
    }
  }

  private static void weight(Place weight) {
    if (weight.number(0) < 1 || weight.number(0) > 100) {
      weight.invalid("must be in the range 1-100");
    }
  }

  private static void validateToleration(Place toleration) {
    Place key = toleration.at("key");
    Place operator = toleration.at("operator");
    if (!key.isEmpty()) {
      key.names(NameChecks.labelKey(key.text()));
    } else if (!operator.text().equals("Exists")) {
      operator.invalidText(
          operator.text(),
          "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
    }
    if (toleration.at("tolerationSeconds").isSet()
        && !toleration.at("effect").text().equals("NoExecute")) {
      toleration
          .at("effect")
          .invalidText(
              toleration.at("effect").text(),
              "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
    if (operator.text().equals("Exists") && !toleration.at("value").isEmpty()) {
      operator.invalidText(
          toleration.at("value").text(), "value must be empty when `operator` is 'Exists'");
    }
  }

  private static void validateSpread(Place constraint) {
    if (constraint.at("maxSkew").number(0) <= 0) {
      constraint.at("maxSkew").invalid("must be greater than zero");
    }
    if (constraint.at("topologyKey").present("can not be empty")) {
      constraint.at("topologyKey").names(NameChecks.labelKey(constraint.at("topologyKey").text()));
    }
    Place otherwise = constraint.at("whenUnsatisfiable");
    if (otherwise.isEmpty()) {
      otherwise.notSupported(List.of("DoNotSchedule", "ScheduleAnyway"));
    }
    constraint.ifSet("labelSelector").ifPresent(LabelSelectors::validate);
    Place domains = constraint.at("minDomains");
    if (domains.isSet() && domains.number(0) <= 0) {
      domains.invalid("must be greater than zero");
    } else if (domains.isSet() && !otherwise.text().equals("DoNotSchedule")) {
      domains.invalid(
          "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not " + otherwise.text());
    }
  }
}
