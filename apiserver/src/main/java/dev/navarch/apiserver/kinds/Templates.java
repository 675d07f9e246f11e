package dev.navarch.apiserver.kinds;

import dev.navarch.api.ApiException;
import dev.navarch.api.selectors.LabelSelector;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// The pod template of a workload, and the selector by which the workload finds its pods.
final class Templates {
  private Templates() {}

  static void setDefaults(ObjectNode workloadSpec) {
    ObjectNode template = Defaults.object(workloadSpec, "template");
    PodSpecs.setDefaults(Defaults.object(template, "spec"));
  }

  /// For workloads that keep pods running: they restart always.
  static void validateLongRunning(Place spec, String what) {
    Place template = spec.at("template");
    validatePods(template);
    Place policy = template.at("spec", "restartPolicy");
    if (!policy.text().equals("Always")) {
      policy.notSupported(List.of("Always"));
    }
    if (template.at("spec", "activeDeadlineSeconds").isSet()) {
      template
          .at("spec", "activeDeadlineSeconds")
          .forbidden("activeDeadlineSeconds in %s is not Supported".formatted(what));
    }
    validateSelector(spec, what);
  }

  static void validatePods(Place template) {
    template.at("metadata", "labels").labels();
    PodSpecs.validate(template.at("spec"));
    if (!template.at("spec", "ephemeralContainers").isEmpty()) {
      template
          .at("spec", "ephemeralContainers")
          .forbidden("ephemeral containers not allowed in pod template");
    }
  }

  private static void validateSelector(Place spec, String what) {
    Place selector = spec.at("selector");
    if (!selector.isSet()) {
      selector.required("");
      return;
    }
    LabelSelectors.validate(selector);
    if (selector.at("matchLabels").isEmpty() && selector.at("matchExpressions").isEmpty()) {
      selector.invalid("empty selector is invalid for " + what);
    } else if (!selects(selector, spec.at("template"))) {
      mismatch(spec.at("template", "metadata", "labels"));
    }
  }

  static void mismatch(Place labels) {
    if (labels.isSet()) {
      labels.invalid("`selector` does not match template `labels`");
    } else {
      labels.invalidShown("{}", "`selector` does not match template `labels`");
    }
  }

  /// A selector that can not be read was reported already, so it counts as a match.
  private static boolean selects(Place selector, Place template) {
    try {
      return LabelSelector.of(selector.node()).matchesObject(template.node());
    } catch (ApiException reported) {
      return true;
    }
  }
}
