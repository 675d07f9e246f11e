package dev.navarch.apiserver.policies;

import dev.cel.common.types.CelKind;
import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Refuses policies and webhooks whose expressions do not compile. An expression that an update
/// leaves as it was is taken as it is: it was good when it was written.
public final class PolicyChecks implements AdmissionPlugin {
  private static final Set<String> WEBHOOKS =
      Set.of("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration");

  @Override
  public void validate(Request request) {
    if (!request.kind().group().equals("admissionregistration.k8s.io")
        || !request.subresource().isEmpty()
        || request.object() == null) {
      return;
    }
    ObjectNode object = request.content();
    ObjectNode old = request.old();
    if (old != null
        && old.path("spec").equals(object.path("spec"))
        && old.path("webhooks").equals(object.path("webhooks"))) {
      return;
    }
    List<FieldError> errors = errors(request.kind().kind(), object);
    if (!errors.isEmpty()) {
      throw new ApiException(
          new ApiError.Invalid(
              request.kind().group(), request.kind().kind(), request.name(), errors));
    }
  }

  private static List<FieldError> errors(String kind, ObjectNode object) {
    if (WEBHOOKS.contains(kind)) {
      List<FieldError> errors = new ArrayList<>();
      int index = 0;
      for (JsonNode webhook : object.path("webhooks")) {
        errors.addAll(conditions(webhook, "webhooks[%d].".formatted(index++)));
      }
      return errors;
    }
    return switch (kind) {
      case "ValidatingAdmissionPolicy" -> {
        PolicyCompiler compiler = ValidatingPolicy.compiler(object);
        ValidatingPolicy.read(object, compiler);
        yield joined(compiler, object);
      }
      case "MutatingAdmissionPolicy" -> {
        PolicyCompiler compiler = MutatingPolicy.compiler(object);
        MutatingPolicy.read(object, compiler);
        yield joined(compiler, object);
      }
      default -> List.of();
    };
  }

  private static List<FieldError> joined(PolicyCompiler compiler, ObjectNode object) {
    List<FieldError> all = new ArrayList<>(compiler.errors());
    all.addAll(conditions(object.path("spec"), "spec."));
    return all;
  }

  private static List<FieldError> conditions(JsonNode owner, String field) {
    if (owner.path("matchConditions").isEmpty()) {
      return List.of();
    }
    PolicyCompiler compiler = PolicyCompiler.ofConditions(owner);
    int index = 0;
    for (JsonNode condition : owner.path("matchConditions")) {
      compiler.compile(
          field + "matchConditions[%d].expression".formatted(index++),
          condition.path("expression"),
          CelKind.BOOL);
    }
    return compiler.errors();
  }
}
