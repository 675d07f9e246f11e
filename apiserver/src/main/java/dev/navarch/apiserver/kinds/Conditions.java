package dev.navarch.apiserver.kinds;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The conditions in an object's status, by type.
final class Conditions {
  private Conditions() {}

  static Optional<JsonNode> find(JsonNode object, String type) {
    return object
        .at("/status/conditions")
        .valueStream()
        .filter(condition -> condition.path("type").asString("").equals(type))
        .findFirst();
  }

  static String status(JsonNode object, String type) {
    return find(object, type).map(condition -> condition.path("status").asString("")).orElse("");
  }

  static boolean isTrue(JsonNode object, String type) {
    return status(object, type).equals("True");
  }
}
