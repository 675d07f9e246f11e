package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import dev.navarch.api.selectors.NameChecks;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Whole objects inside others say what they are, and their names and labels are as everywhere.
final class EmbeddedObjects {
  private EmbeddedObjects() {}

  static List<FieldError> check(JsonNode value, JsonNode of, String path) {
    List<FieldError> errors = new ArrayList<>();
    DeclaredValues.each(
        value,
        of,
        path,
        (found, declared, at) -> {
          if (found.isObject()
              && declared.path("x-kubernetes-embedded-resource").asBoolean(false)) {
            object(found, at, errors);
          }
        });
    return errors;
  }

  private static void object(JsonNode object, String path, List<FieldError> errors) {
    for (String field : List.of("apiVersion", "kind")) {
      if (object.path(field).asString("").isEmpty()) {
        errors.add(FieldError.required(path + "." + field, "must not be empty"));
      }
    }
    String kind = object.path("kind").asString("");
    if (!kind.isEmpty()) {
      NameChecks.dns1035Label(kind.toLowerCase(java.util.Locale.ROOT))
          .forEach(
              why ->
                  errors.add(
                      invalid(
                          path + ".kind",
                          kind,
                          "may have mixed case, but should otherwise match: " + why)));
    }
    String at = path + ".metadata";
    String name = object.path("metadata").path("name").asString("");
    if (!name.isEmpty()) {
      NameChecks.pathSegment(name).forEach(why -> errors.add(invalid(at + ".name", name, why)));
    }
    for (var label : object.path("metadata").path("labels").properties()) {
      String value = label.getValue().asString("");
      NameChecks.labelKey(label.getKey())
          .forEach(why -> errors.add(invalid(at + ".labels", label.getKey(), why)));
      NameChecks.labelValue(value).forEach(why -> errors.add(invalid(at + ".labels", value, why)));
    }
  }

  private static FieldError invalid(String path, String value, String detail) {
    return FieldError.invalid(path, Json.text(Json.object().stringNode(value)), detail);
  }
}
