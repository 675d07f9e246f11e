package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// IngressClasses: which controller serves an ingress. The controller of a class never changes.
final class IngressClasses implements KindRules {
  private static final int LONGEST = 250;

  @Override
  public void setDefaults(ObjectNode ingressClass) {
    Defaults.ifObject(Defaults.object(ingressClass, "spec"), "parameters")
        .ifPresent(parameters -> Defaults.put(parameters, "scope", "Cluster"));
  }

  @Override
  public void validate(ObjectNode ingressClass, Consumer<FieldError> errors) {
    Place spec = Place.root(ingressClass, errors).at("spec");
    Place controller = spec.at("controller");
    if (controller.present()) {
      int slash = controller.text().indexOf('/');
      if (controller.text().length() > LONGEST) {
        controller
            .errors()
            .accept(
                new FieldError(
                    FieldError.Type.TOO_LONG,
                    controller.path(),
                    "",
                    "may not be more than %d bytes".formatted(LONGEST)));
      } else if (slash < 0) {
        controller.invalid("must be a domain-prefixed path (such as \"acme.io/foo\")");
      } else {
        controller.names(NameChecks.dnsSubdomain(controller.text().substring(0, slash)));
      }
    }
    spec.ifSet("parameters").ifPresent(IngressClasses::validateParameters);
  }

  private static void validateParameters(Place parameters) {
    parameters.at("kind").present("kind is required");
    parameters.at("name").present("name is required");
    Place namespace = parameters.at("namespace");
    if (parameters.at("scope").text().equals("Namespace")) {
      namespace.present("`parameters.scope` is set to 'Namespace'");
    } else if (namespace.isSet()) {
      namespace.forbidden("`parameters.scope` is set to 'Cluster'");
    }
  }

  @Override
  public void validateUpdate(ObjectNode ingressClass, ObjectNode old, Consumer<FieldError> errors) {
    Place.root(ingressClass, errors).at("spec", "controller").sameAs(old.at("/spec/controller"));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Controller", "Who serves these ingresses.", "/spec/controller", ""),
        Columns.text("Parameters", "What configures it.", IngressClasses::parameters),
        Column.AGE);
  }

  private static String parameters(ObjectNode ingressClass) {
    var parameters = ingressClass.at("/spec/parameters");
    if (!parameters.isObject()) {
      return Columns.NONE;
    }
    String group = parameters.path("apiGroup").asString("");
    return parameters.path("kind").asString("")
        + (group.isEmpty() ? "" : "." + group)
        + "/"
        + parameters.path("name").asString("");
  }
}
