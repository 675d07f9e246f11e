package dev.navarch.api;

import java.util.List;
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
          values(object, values);
        } else {
          fields(object, schema);
        }
      }
      case ArrayNode array -> {
        Schema items = schema.items();
        if (items != null) {
          items(array, items);
        }
      }
      default -> {}
    }
  }

  private static void values(ObjectNode object, Schema values) {
    if (values.isLeaf() && !values.structural()) {
      return;
    }
    for (String key : List.copyOf(object.propertyNames())) {
      JsonNode value = object.path(key);
      JsonNode byDefault = values.defaultValue();
      if (isUnwanted(value, values)) {
        if (byDefault == null) {
          object.remove(key);
          continue;
        }
        value = byDefault.deepCopy();
        object.set(key, value);
      }
      apply(value, values);
    }
  }

  private static void items(ArrayNode array, Schema items) {
    if (items.isLeaf() && !items.structural()) {
      return;
    }
    for (int i = 0; i < array.size(); i++) {
      JsonNode byDefault = items.defaultValue();
      if (byDefault != null && isUnwanted(array.get(i), items)) {
        array.set(i, byDefault.deepCopy());
      }
      apply(array.get(i), items);
    }
  }

  /// Custom resources bring nulls along: where none is allowed, it stands for an absent value.
  private static boolean isUnwanted(JsonNode value, Schema schema) {
    return schema.structural() && value.isNull() && !schema.nullable();
  }

  private static void fields(ObjectNode object, Schema schema) {
    Map<String, Schema> fields = schema.fields();
    if (schema.structural()) {
      fields.forEach(
          (name, field) -> {
            if (isUnwanted(object.path(name), field)) {
              object.remove(name);
            }
          });
    }
    for (Map.Entry<String, JsonNode> entry : schema.defaults().entrySet()) {
      if (!object.has(entry.getKey())) {
        object.set(entry.getKey(), entry.getValue().deepCopy());
      }
    }
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      Schema field = fields.get(entry.getKey());
      if (field != null && !entry.getValue().isValueNode()) {
        apply(entry.getValue(), field);
      }
    }
  }
}
