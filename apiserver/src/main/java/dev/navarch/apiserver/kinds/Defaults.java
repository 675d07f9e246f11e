package dev.navarch.apiserver.kinds;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Fills gaps in a document without touching what its author wrote. An empty string counts as a
/// gap, as it does for every string that has a default.
final class Defaults {
  private Defaults() {}

  static void put(ObjectNode object, String field, String value) {
    put(object, field, JsonNodeFactory.instance.stringNode(value));
  }

  static void put(ObjectNode object, String field, long value) {
    put(object, field, JsonNodeFactory.instance.numberNode(value));
  }

  static void put(ObjectNode object, String field, boolean value) {
    put(object, field, JsonNodeFactory.instance.booleanNode(value));
  }

  static void put(ObjectNode object, String field, JsonNode value) {
    if (isGap(object.path(field))) {
      object.set(field, value);
    }
  }

  /// For numbers whose zero means "not said".
  static void putNonZero(ObjectNode object, String field, long value) {
    if (object.path(field).asLong(0) == 0) {
      object.put(field, value);
    }
  }

  /// The object in a field, made when it is missing.
  static ObjectNode object(ObjectNode parent, String field) {
    return parent.path(field) instanceof ObjectNode there ? there : parent.putObject(field);
  }

  static Optional<ObjectNode> ifObject(JsonNode parent, String field) {
    return parent.path(field) instanceof ObjectNode there ? Optional.of(there) : Optional.empty();
  }

  /// The objects in a list; none when there is no list.
  static List<ObjectNode> objects(JsonNode list) {
    List<ObjectNode> objects = new ArrayList<>();
    for (JsonNode item : list) {
      if (item instanceof ObjectNode object) {
        objects.add(object);
      }
    }
    return objects;
  }

  static boolean isGap(JsonNode value) {
    return value.isMissingNode()
        || value.isNull()
        || (value.isString() && value.asString("").isEmpty());
  }
}
