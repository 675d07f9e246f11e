package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// No element of a set, and no key of a map that is written as a list, may stand there twice.
final class ListTypes {
  private ListTypes() {}

  static List<FieldError> check(JsonNode value, JsonNode of, String path) {
    List<FieldError> errors = new ArrayList<>();
    DeclaredValues.each(
        value,
        of,
        path,
        (found, declared, at) -> {
          if (found.isArray()) {
            unique(found, declared, at, errors);
          }
        });
    return errors;
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
