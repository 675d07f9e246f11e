package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// ValidatingAdmissionPolicies and MutatingAdmissionPolicies. Whether their expressions mean
/// anything is looked at when all else of a request is done.
///
/// @param mutating whether the policies change objects
record AdmissionPolicies(boolean mutating) implements KindRules {
  private static final Set<String> REASONS =
      Set.of("Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge");

  @Override
  public void setDefaults(ObjectNode policy) {
    ObjectNode spec = Defaults.object(policy, "spec");
    Defaults.put(spec, "failurePolicy", "Fail");
    Defaults.ifObject(spec, "matchConstraints").ifPresent(AdmissionPolicies::matchDefaults);
    if (mutating) {
      Defaults.put(spec, "reinvocationPolicy", "Never");
    }
  }

  static void matchDefaults(ObjectNode resources) {
    Defaults.put(resources, "matchPolicy", "Equivalent");
    Defaults.object(resources, "namespaceSelector");
    Defaults.object(resources, "objectSelector");
    for (String list : List.of("resourceRules", "excludeResourceRules")) {
      objects(resources.path(list)).forEach(rule -> Defaults.put(rule, "scope", "*"));
    }
  }

  @Override
  public void prepareForCreate(ObjectNode policy) {
    if (!mutating) {
      policy.putObject("status");
    }
  }

  @Override
  public void validate(ObjectNode policy, Consumer<FieldError> errors) {
    Place spec = Place.root(policy, errors).at("spec");
    Place paramKind = spec.at("paramKind");
    if (paramKind.isSet()) {
      paramKind.at("apiVersion").present();
      paramKind.at("kind").present();
    }
    Place constraints = spec.at("matchConstraints");
    if (!constraints.isSet()) {
      constraints.required("");
    } else if (constraints.at("resourceRules").isEmpty()) {
      constraints.at("resourceRules").required("");
    }
    matchConditions(spec);
    Set<String> names = new HashSet<>();
    for (Place variable : spec.at("variables").items()) {
      Place name = variable.at("name");
      if (name.present("name is not specified") && !names.add(name.text())) {
        name.duplicate();
      }
      if (!name.text().matches("[_a-zA-Z][_a-zA-Z0-9]*") && !name.text().isEmpty()) {
        name.invalid("name is not a valid CEL identifier");
      }
      variable.at("expression").present("expression is not specified");
    }
    if (mutating) {
      mutations(spec);
    } else {
      validations(spec);
    }
  }

  static void matchConditions(Place parent) {
    Set<String> names = new HashSet<>();
    for (Place condition : parent.at("matchConditions").items()) {
      Place name = condition.at("name");
      if (name.present()) {
        name.names(dev.navarch.api.selectors.NameChecks.qualifiedName(name.text()));
        if (!names.add(name.text())) {
          name.duplicate();
        }
      }
      condition.at("expression").present();
    }
  }

  private static void validations(Place spec) {
    if (spec.at("validations").isEmpty() && spec.at("auditAnnotations").isEmpty()) {
      spec.at("validations").required("validations or auditAnnotations must be non-empty");
      spec.at("auditAnnotations").required("validations or auditAnnotations must be non-empty");
    }
    for (Place validation : spec.at("validations").items()) {
      validation.at("expression").present("expression is not specified");
      Place reason = validation.at("reason");
      if (!reason.isEmpty() && !REASONS.contains(reason.text())) {
        reason.notSupported(REASONS.stream().sorted().toList());
      }
      if (validation.at("message").text().contains("\n")) {
        validation.at("message").invalid("message must not contain line breaks");
      }
    }
    Set<String> keys = new HashSet<>();
    for (Place annotation : spec.at("auditAnnotations").items()) {
      Place key = annotation.at("key");
      if (key.present() && !keys.add(key.text())) {
        key.duplicate();
      }
      annotation.at("valueExpression").present();
    }
  }

  private static void mutations(Place spec) {
    if (spec.at("mutations").isEmpty()) {
      spec.at("mutations").required("mutations must contain at least one item");
    }
    for (Place mutation : spec.at("mutations").items()) {
      Place type = mutation.at("patchType");
      if (!type.present()) {
        continue;
      }
      boolean apply = type.text().equals("ApplyConfiguration");
      Place own = mutation.at(apply ? "applyConfiguration" : "jsonPatch");
      Place other = mutation.at(apply ? "jsonPatch" : "applyConfiguration");
      if (!own.isSet()) {
        own.required("must be specified when patchType is " + type.text());
      } else {
        own.at("expression").present("expression is not specified");
      }
      if (other.isSet()) {
        other.invalidShown(
            Json.text(Json.object()), "must not be specified when patchType is " + type.text());
      }
    }
    spec.at("reinvocationPolicy").present();
  }

  @Override
  public List<Column> columns() {
    Column param =
        Columns.text(
            "ParamKind",
            "The kind of its parameters.",
            policy -> {
              String kind = policy.at("/spec/paramKind/kind").asString("");
              String version = policy.at("/spec/paramKind/apiVersion").asString("");
              return kind.isEmpty() ? Columns.UNSET : version + "/" + kind;
            });
    Column rules =
        mutating
            ? Columns.size("Mutations", "How many changes it makes.", "/spec/mutations")
            : Columns.size("Validations", "How many rules it has.", "/spec/validations");
    return List.of(Column.NAME, rules, param, Column.AGE);
  }
}
