package dev.navarch.api;

import tools.jackson.databind.JsonNode;

/// The names that Go's JSON decoder gives to types. Users search for these messages, so they read
/// the same here.
final class GoTypes {
  private GoTypes() {}

  /// `DeploymentSpec`
  static String struct(Schema schema) {
    String definition = schema.definition();
    return definition.substring(definition.lastIndexOf('.') + 1);
  }

  /// `int32`, `[]v1.Container`, `map[string]string`
  static String name(Schema schema) {
    Schema items = schema.items();
    Schema values = schema.values();
    return switch (schema.type()) {
      case OBJECT -> values == null ? qualified(schema) : "map[string]" + name(values);
      case ARRAY -> items == null ? "[]interface {}" : "[]" + name(items);
      case STRING -> schema.format().equals("byte") ? "[]uint8" : "string";
      case INTEGER -> schema.format().isEmpty() ? "int64" : schema.format();
      case NUMBER -> "float64";
      case BOOLEAN -> "bool";
      case INT_OR_STRING, QUANTITY, TIME, MICRO_TIME, DURATION, ANY -> qualified(schema);
    };
  }

  /// What stands in the document instead; `exact` adds the digits of a number.
  static String found(JsonNode node, boolean exact) {
    return switch (node.getNodeType()) {
      case OBJECT -> "object";
      case ARRAY -> "array";
      case STRING -> "string";
      case BOOLEAN -> "bool";
      case NUMBER -> exact ? "number " + Json.text(node) : "number";
      case NULL, MISSING, BINARY, POJO -> "null";
    };
  }

  private static String qualified(Schema schema) {
    String[] parts = schema.definition().split("\\.");
    return parts.length < 2
        ? "interface {}"
        : parts[parts.length - 2] + "." + parts[parts.length - 1];
  }
}
