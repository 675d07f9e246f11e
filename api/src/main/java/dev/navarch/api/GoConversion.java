package dev.navarch.api;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Why a tree does not become an object of its type, in the words of the converter that Kubernetes
/// uses after a strategic merge patch. They name no field; users know them and search for them.
public final class GoConversion {
  private GoConversion() {}

  /// A value as Go prints it: `map[spec:map[replicas:x]]`.
  public static String text(JsonNode value) {
    return switch (value) {
      case ObjectNode object ->
          object.properties().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(entry -> entry.getKey() + ":" + text(entry.getValue()))
              .collect(Collectors.joining(" ", "map[", "]"));
      case ArrayNode array ->
          array.valueStream().map(GoConversion::text).collect(Collectors.joining(" ", "[", "]"));
      default -> value.isNull() ? "<nil>" : value.asString("");
    };
  }

  /// What is wrong first, in the order of the type's fields; empty when the converter would find
  /// nothing.
  public static Optional<String> failure(JsonNode tree, Schema schema) {
    if (tree.isNull()) {
      return Optional.empty();
    }
    return switch (schema.type()) {
      case OBJECT -> object(tree, schema);
      case ARRAY -> array(tree, schema);
      case STRING -> schema.format().equals("byte") ? scalar(tree, schema) : string(tree);
      case BOOLEAN -> tree.isBoolean() ? Optional.empty() : unrecognized("bool");
      case INTEGER, NUMBER -> number(tree, schema);
      case INT_OR_STRING, QUANTITY, TIME, MICRO_TIME, DURATION -> scalar(tree, schema);
      case ANY -> Optional.empty();
    };
  }

  private static Optional<String> object(JsonNode tree, Schema schema) {
    Schema values = schema.values();
    if (!(tree instanceof ObjectNode object)) {
      String start = values == null ? "cannot restore struct from: " : "cannot restore map from ";
      return Optional.of(start + kind(tree));
    }
    if (values != null) {
      return object.valueStream().flatMap(each -> failure(each, values).stream()).findFirst();
    }
    for (Map.Entry<String, Schema> field : schema.fields().entrySet()) {
      JsonNode value = object.path(field.getKey());
      Optional<String> wrong =
          value.isMissingNode() ? Optional.empty() : failure(value, field.getValue());
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> array(JsonNode tree, Schema schema) {
    Schema items = schema.items();
    if (!(tree instanceof ArrayNode array)) {
      return Optional.of("cannot restore slice from " + kind(tree));
    }
    return items == null
        ? Optional.empty()
        : array.valueStream().flatMap(each -> failure(each, items).stream()).findFirst();
  }

  private static Optional<String> string(JsonNode tree) {
    if (tree.isString()) {
      return Optional.empty();
    }
    return tree.isIntegralNumber()
        ? Optional.of("cannot convert int64 to string")
        : unrecognized("string");
  }

  private static Optional<String> number(JsonNode tree, Schema schema) {
    String wanted = GoTypes.name(schema);
    if (!tree.isNumber()) {
      return unrecognized(wanted);
    }
    boolean fits = schema.type() == Schema.Type.NUMBER || tree.isIntegralNumber();
    return fits
        ? Optional.empty()
        : Optional.of("cannot convert %s to %s".formatted(kind(tree), wanted));
  }

  /// What reads itself says itself what is wrong.
  private static Optional<String> scalar(JsonNode tree, Schema schema) {
    try {
      Decoder.canonical(tree, schema);
      return Optional.empty();
    } catch (ApiException e) {
      return Optional.of(e.error().message());
    }
  }

  private static Optional<String> unrecognized(String type) {
    return Optional.of("unrecognized type: " + type);
  }

  private static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "map";
      case ARRAY -> "slice";
      case STRING -> "string";
      case BOOLEAN -> "bool";
      case NUMBER -> node.isIntegralNumber() ? "int64" : "float64";
      case NULL, MISSING, BINARY, POJO -> "nil";
    };
  }
}
