package dev.navarch.api.apply;

import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/// What upstream compares a new object with: its Go type without a value. Structs are there before
/// anybody names them, so their creator owns what is in them and not the structs; a custom resource
/// begins with nothing at all.
final class EmptyObject {
  private EmptyObject() {}

  static ObjectNode of(Schema schema) {
    ObjectNode empty = Json.object();
    for (Map.Entry<String, Schema> entry : schema.fields().entrySet()) {
      Schema field = entry.getValue();
      if (field.protobufNumber() > 0) {
        JsonNode byDefault = field.defaultValue();
        if (byDefault != null && byDefault.isObject() && field.type() == Schema.Type.OBJECT) {
          empty.set(entry.getKey(), of(field));
        } else if (schema.required().contains(entry.getKey())
            || (byDefault != null && byDefault.isObject())) {
          empty.set(
              entry.getKey(),
              byDefault != null && byDefault.isValueNode() && isZero(byDefault)
                  ? byDefault
                  : NullNode.getInstance());
        }
      }
    }
    return empty;
  }

  private static boolean isZero(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> value.stringValue().isEmpty();
      case NUMBER -> value.decimalValue().signum() == 0;
      case BOOLEAN -> !value.booleanValue();
      default -> false;
    };
  }
}
