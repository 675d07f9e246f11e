package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// FlowSchemas: which requests belong together, and to which priority.
final class FlowSchemas implements KindRules {
  private static final int PRECEDENCE = 1000;
  private static final int MOST = 10_000;

  @Override
  public void setDefaults(ObjectNode schema) {
    ObjectNode spec = Defaults.object(schema, "spec");
    Defaults.putNonZero(spec, "matchingPrecedence", PRECEDENCE);
    for (ObjectNode rule : objects(spec.path("rules"))) {
      for (ObjectNode resource : objects(rule.path("resourceRules"))) {
        if (resource.path("namespaces").isMissingNode()) {
          resource.putArray("namespaces");
        }
      }
    }
  }

  @Override
  public void validate(ObjectNode schema, Consumer<FieldError> errors) {
    Place root = Place.root(schema, errors);
    Place spec = root.at("spec");
    Place precedence = spec.at("matchingPrecedence");
    boolean exempt = root.at("metadata", "name").text().equals("exempt");
    if (precedence.number(1) <= 0) {
      precedence.invalid("must be a positive value");
    } else if (precedence.number(1) > MOST) {
      precedence.invalid("must not be greater than %d".formatted(MOST));
    } else if (precedence.number(PRECEDENCE) == 1 && !exempt) {
      precedence.invalid("only the schema named 'exempt' may have matchingPrecedence 1");
    }
    spec.at("priorityLevelConfiguration", "name").present("must reference a priority level");
    for (Place rule : spec.at("rules").items()) {
      rule.at("subjects").present("subjects must contain at least one value");
      rule.at("subjects").items().forEach(FlowSchemas::validateSubject);
      if (rule.at("resourceRules").isEmpty() && rule.at("nonResourceRules").isEmpty()) {
        rule.required("at least one of resourceRules and nonResourceRules has to be non-empty");
      }
      for (Place resource : rule.at("resourceRules").items()) {
        resource.at("verbs").present("verbs must contain at least one value");
        resource.at("apiGroups").present("resource rules must supply at least one api group");
        resource.at("resources").present("resource rules must supply at least one resource");
        if (resource.at("namespaces").isEmpty() && !resource.at("clusterScope").flag()) {
          resource
              .at("namespaces")
              .required(
                  "resource rules that are not cluster scoped must supply at least one namespace");
        }
      }
      for (Place path : rule.at("nonResourceRules").items()) {
        path.at("verbs").present("verbs must contain at least one value");
        path.at("nonResourceURLs").present("nonResourceURLs must contain at least one value");
      }
    }
  }

  private static void validateSubject(Place subject) {
    switch (subject.at("kind").text()) {
      case "ServiceAccount" -> {
        if (!subject.at("serviceAccount").isSet()) {
          subject
              .at("serviceAccount")
              .required("serviceAccount is required when subject kind is 'ServiceAccount'");
        }
      }
      case "User" -> {
        if (!subject.at("user").isSet()) {
          subject.at("user").required("user is required when subject kind is 'User'");
        }
      }
      case "Group" -> {
        if (!subject.at("group").isSet()) {
          subject.at("group").required("group is required when subject kind is 'Group'");
        }
      }
      default -> subject.at("kind").notSupported(List.of("Group", "ServiceAccount", "User"));
    }
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text(
            "PriorityLevel", "Where its requests queue.", "/spec/priorityLevelConfiguration/name"),
        Columns.number("MatchingPrecedence", "Lower ones match first.", "/spec/matchingPrecedence"),
        Columns.text(
            "DistinguisherMethod", "What tells flows apart.", "/spec/distinguisherMethod/type"),
        Column.AGE,
        Columns.text(
            "MissingPL",
            "Whether its priority level is missing.",
            schema -> {
              String status = Conditions.status(schema, "Dangling");
              return status.isEmpty() ? "?" : status;
            }));
  }
}
