package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// What puts policies in force: where, and with which parameters.
///
/// @param mutating whether the policies change objects; others say what a failed rule comes to
record AdmissionPolicyBindings(boolean mutating) implements KindRules {
  @Override
  public void setDefaults(ObjectNode binding) {
    Defaults.ifObject(binding, "spec")
        .flatMap(spec -> Defaults.ifObject(spec, "matchResources"))
        .ifPresent(AdmissionPolicies::matchDefaults);
  }

  @Override
  public void validate(ObjectNode binding, Consumer<FieldError> errors) {
    Place spec = Place.root(binding, errors).at("spec");
    Place policy = spec.at("policyName");
    if (policy.present()) {
      policy.dnsSubdomain();
    }
    Place ref = spec.at("paramRef");
    if (ref.isSet()) {
      boolean named = !ref.at("name").isEmpty();
      boolean selected = ref.at("selector").isSet();
      if (named && selected) {
        ref.at("name").forbidden("name and selector are mutually exclusive");
      } else if (!named && !selected) {
        ref.required("one of name or selector must be specified");
      }
      Place action = ref.at("parameterNotFoundAction");
      if (action.present()) {
        action.oneOf("Deny", "Allow");
      }
    }
    if (!mutating) {
      actions(spec.at("validationActions"));
    }
  }

  private static void actions(Place actions) {
    if (actions.isEmpty()) {
      actions.required("at least one validation action is required");
    }
    Set<String> seen = new HashSet<>();
    for (Place action : actions.values()) {
      action.oneOf("Audit", "Deny", "Warn");
      if (!seen.add(action.text())) {
        action.duplicate();
      }
    }
    if (seen.contains("Deny") && seen.contains("Warn")) {
      actions.invalid(
          "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
    }
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("PolicyName", "The policy that it binds.", "/spec/policyName", ""),
        Columns.text("ParamRef", "Its parameters.", "/spec/paramRef/name", Columns.UNSET),
        Column.AGE);
  }
}
