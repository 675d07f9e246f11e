package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// No element of a set, and no key of a map that is written as a list, may stand there twice.
final class ListTypes {
  private ListTypes() {}

  static List<FieldError> check(JsonNode value, JsonNode of, String path) {
    List<FieldError> errors = new ArrayList<>();
    walk(value, of, path, errors);
    return errors;
  }

  private static void walk(JsonNode value, JsonNode of, String path, List<FieldError> errors) {
    if (value.isObject()) {
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
    } else if (value.isArray()) {
      unique(value, of, path, errors);
      for (int i = 0; i < value.size(); i++) {
        walk(value.get(i), of.path("items"), path + "[" + i + "]", errors);
      }
    }
  }

  private static void unique(JsonNode list, JsonNode of, String path, List<FieldError> errors) {
    String type = of.path("x-kubernetes-list-type").asString("");
    if (!type.equals("set") && !type.equals("map")) {
      return;
    }
    Set<JsonNode> seen = new HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      JsonNode identity = type.equals("set") ? list.get(i) : keys(list.get(i), of);
      if (!seen.add(identity)) {
        errors.add(
            new FieldError(
                FieldError.Type.DUPLICATE, path + "[" + i + "]", Json.text(identity), ""));
      }
    }
  }

  private static JsonNode keys(JsonNode element, JsonNode of) {
    ObjectNode keys = Json.object();
    for (JsonNode key : of.path("x-kubernetes-list-map-keys")) {
      String name = key.asString("");
      JsonNode byDefault = of.path("items").path("properties").path(name).path("default");
      JsonNode value = element.has(name) ? element.path(name) : byDefault;
      if (!value.isMissingNode()) {
        keys.set(name, value);
      }
    }
    return keys;
  }
}
