package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a question about access must say: exactly one of a resource and a path, and of whom. All
/// that is wrong is told at once.
final class AccessReviewRules {
  private static final String RESOURCE = "spec.resourceAttributes";
  private final List<FieldError> errors = new ArrayList<>();

  private AccessReviewRules() {}

  /// @param ofOther whether it asks about somebody else than the caller
  static void check(String kind, ObjectNode review, boolean ofOther) {
    AccessReviewRules rules = new AccessReviewRules();
    rules.spec(review.path("spec"), ofOther);
    if (!rules.errors.isEmpty()) {
      throw new ApiException(new ApiError.Invalid("authorization.k8s.io", kind, "", rules.errors));
    }
  }

  private void spec(JsonNode spec, boolean ofOther) {
    boolean resource = spec.path("resourceAttributes").isObject();
    boolean path = spec.path("nonResourceAttributes").isObject();
    if (resource && path) {
      errors.add(
          FieldError.invalid(
              "spec.nonResourceAttributes",
              spec.path("nonResourceAttributes").toString(),
              "cannot be specified in combination with resourceAttributes"));
    } else if (!resource && !path) {
      errors.add(
          FieldError.invalid(
              RESOURCE,
              "null",
              "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
    }
    if (ofOther && text(spec, "user").isEmpty() && spec.path("groups").isEmpty()) {
      errors.add(
          FieldError.invalid(
              "spec.user", "\"\"", "at least one of user or group must be specified"));
    }
    selector(spec, "fieldSelector");
    selector(spec, "labelSelector");
  }

  private void selector(JsonNode spec, String field) {
    JsonNode selector = spec.path("resourceAttributes").path(field);
    String path = RESOURCE + "." + field;
    String raw = text(selector, "rawSelector");
    JsonNode requirements = selector.path("requirements");
    if (!selector.isObject()) {
      return;
    }
    if (!raw.isEmpty() && !requirements.isEmpty()) {
      errors.add(
          FieldError.invalid(
              path + ".rawSelector",
              '"' + raw + '"',
              "may not specified at the same time as requirements"));
    } else if (raw.isEmpty() && requirements.isEmpty()) {
      errors.add(
          FieldError.required(
              path + ".requirements",
              "when %s is specified, requirements or rawSelector is required".formatted(path)));
    }
    int at = 0;
    for (JsonNode requirement : requirements) {
      requirement(requirement, path + ".requirements[" + at++ + "]");
    }
  }

  private void requirement(JsonNode requirement, String path) {
    if (text(requirement, "key").isEmpty()) {
      errors.add(FieldError.required(path + ".key", "must be specified"));
    }
    boolean values = !requirement.path("values").isEmpty();
    switch (text(requirement, "operator")) {
      case "In", "NotIn" -> {
        if (!values) {
          errors.add(
              FieldError.required(
                  path + ".values", "must be specified when `operator` is 'In' or 'NotIn'"));
        }
      }
      case "Exists", "DoesNotExist" -> {
        if (values) {
          errors.add(
              FieldError.forbidden(
                  path + ".values",
                  "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
        }
      }
      default ->
          errors.add(
              FieldError.invalid(
                  path + ".operator",
                  '"' + text(requirement, "operator") + '"',
                  "not a valid selector operator"));
    }
  }

  private static String text(JsonNode object, String field) {
    return object.path(field).asString("");
  }
}
