package dev.navarch.api;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Fills in what a schema says of absent fields, all the way down: real defaults such as `protocol:
/// TCP`, and the empty values that Kubernetes always prints, such as `status: {}`. Defaults that
/// look at other fields belong to the kinds.
public final class Defaults {
  private Defaults() {}

  /// Fills the document in place.
  public static void apply(JsonNode document, Schema schema) {
    switch (document) {
      case ObjectNode object when schema.type() == Schema.Type.OBJECT -> {
        Schema values = schema.values();
        if (values != null) {
          object.values().forEach(value -> apply(value, values));
        } else {
          fields(object, schema);
        }
      }
      case ArrayNode array -> {
        Schema items = schema.items();
        if (items != null) {
          array.values().forEach(item -> apply(item, items));
        }
      }
      default -> {}
    }
  }

  private static void fields(ObjectNode object, Schema schema) {
    for (Map.Entry<String, Schema> entry : schema.fields().entrySet()) {
      String name = entry.getKey();
      Schema field = entry.getValue();
      JsonNode value = object.get(name);
      JsonNode byDefault = field.defaultValue();
      if (value == null && byDefault != null && isPrinted(byDefault, field)) {
        value = byDefault.deepCopy();
        object.set(name, value);
      }
      if (value != null) {
        apply(value, field);
      }
    }
  }

  private static boolean isPrinted(JsonNode byDefault, Schema field) {
    return !(field.omitEmpty() && GoFields.isEmpty(byDefault));
  }
}
