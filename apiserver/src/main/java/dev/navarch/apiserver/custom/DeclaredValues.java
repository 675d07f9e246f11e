package dev.navarch.apiserver.custom;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Goes through all that a custom object holds and its schema declares, each value before what lies
/// in it.
final class DeclaredValues {
  private DeclaredValues() {}

  /// Is shown one value.
  interface Visitor {
    /// @param of the schema of the value
    /// @param path where it stands: `spec.ports[0].name`
    void visit(JsonNode value, JsonNode of, String path);
  }

  static void each(JsonNode value, JsonNode of, String path, Visitor visitor) {
    visitor.visit(value, of, path);
    if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        each(value.get(i), of.path("items"), path + "[" + i + "]", visitor);
      }
    }
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      String name = field.getKey();
      JsonNode declared = of.path("properties").path(name);
      if (declared.isObject()) {
        String at = path.isEmpty() ? name : path + "." + name;
        each(field.getValue(), declared, at, visitor);
      } else if (of.path("additionalProperties").isObject()) {
        String at = path + "[" + name + "]";
        each(field.getValue(), of.path("additionalProperties"), at, visitor);
      }
    }
  }
}
