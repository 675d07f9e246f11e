package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import dev.navarch.api.selectors.NameChecks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Whole objects inside others say what they are, and their names and labels are as everywhere.
final class EmbeddedObjects {
  private EmbeddedObjects() {}

  static List<FieldError> check(JsonNode value, JsonNode of, String path) {
    List<FieldError> errors = new ArrayList<>();
    walk(value, of, path, errors);
    return errors;
  }

  private static void walk(JsonNode value, JsonNode of, String path, List<FieldError> errors) {
    if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        walk(value.get(i), of.path("items"), path + "[" + i + "]", errors);
      }
    } else if (value.isObject()) {
      if (of.path("x-kubernetes-embedded-resource").asBoolean(false)) {
        object(value, path, errors);
      }
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        JsonNode declared = of.path("properties").path(field.getKey());
        if (declared.isObject()) {
          String at = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
          walk(field.getValue(), declared, at, errors);
        } else if (of.path("additionalProperties").isObject()) {
          String at = path + "[" + field.getKey() + "]";
          walk(field.getValue(), of.path("additionalProperties"), at, errors);
        }
      }
    }
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
