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
    for (Map.Entry<String, Schema> entry : schema.fields().entrySet()) {
      String name = entry.getKey();
      Schema field = entry.getValue();
      JsonNode value = object.get(name);
      if (value != null && isUnwanted(value, field)) {
        object.remove(name);
        value = null;
      }
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
