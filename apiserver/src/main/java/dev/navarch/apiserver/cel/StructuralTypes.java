package dev.navarch.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.navarch.apiserver.cel.DeclaredType.ListKind;
import dev.navarch.apiserver.cel.DeclaredType.ListOf;
import dev.navarch.apiserver.cel.DeclaredType.MapOf;
import dev.navarch.apiserver.cel.DeclaredType.ObjectOf;
import dev.navarch.apiserver.cel.DeclaredType.Scalar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// What a structural schema, as it stands in a CustomResourceDefinition, declares to expressions.
/// Sizes follow upstream's reckoning, as whether a rule is too expensive depends on them.
public final class StructuralTypes {
  private static final long MAX_STRING = DeclaredType.MAX_REQUEST_BYTES - 2;
  private static final long DATE_BYTES = 12;
  private static final long MAX_TIME_BYTES = 32;
  private static final long MIN_TIME_BYTES = 22;
  private static final long MIN_DURATION_BYTES = 4;

  private StructuralTypes() {}

  /// @param name identifies the type, and is no variable's name: `selfType`; nested types get their
  ///   path added
  /// @param isResource the schema of a whole object, whose name and kind can always be read
  /// @return empty when nothing is known of the value, so that expressions cannot see it
  public static Optional<DeclaredType> of(String name, JsonNode schema, boolean isResource) {
    if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
      return Optional.of(new Scalar(SimpleType.DYN, 1, characters(schema)));
    }
    boolean named = isResource || schema.path("x-kubernetes-embedded-resource").asBoolean(false);
    return switch (schema.path("type").asString("")) {
      case "array" -> list(name, schema);
      case "object" ->
          schema.path("additionalProperties").isObject()
              ? map(name, schema)
              : Optional.of(object(name, schema, named));
      case "string" -> Optional.of(string(schema));
      case "boolean" -> Optional.of(DeclaredType.BOOL);
      case "number" -> Optional.of(DeclaredType.DOUBLE);
      case "integer" -> Optional.of(DeclaredType.INT);
      default -> Optional.empty();
    };
  }

  private static Optional<DeclaredType> list(String name, JsonNode schema) {
    return of(name + ".@items", schema.path("items"), false)
        .map(
            items ->
                new ListOf(
                    items,
                    limit(schema, "maxItems", MAX_STRING / (items.minSize() + 1)),
                    switch (schema.path("x-kubernetes-list-type").asString("")) {
                      case "set" -> ListKind.SET;
                      case "map" -> ListKind.MAP;
                      default -> ListKind.ATOMIC;
                    },
                    schema
                        .path("x-kubernetes-list-map-keys")
                        .valueStream()
                        .map(JsonNode::asString)
                        .toList()));
  }

  private static Optional<DeclaredType> map(String name, JsonNode schema) {
    return of(name + ".@values", schema.path("additionalProperties"), false)
        .map(
            values ->
                new MapOf(
                    values, limit(schema, "maxProperties", MAX_STRING / (values.minSize() + 6))));
  }

  private static DeclaredType object(String name, JsonNode schema, boolean named) {
    Set<String> required =
        schema.path("required").valueStream().map(JsonNode::asString).collect(Collectors.toSet());
    Map<String, DeclaredType> fields = new LinkedHashMap<>();
    long minSize = 2;
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      String field = property.getKey();
      Optional<DeclaredType> type = of(name + "." + field, property.getValue(), false);
      if (type.isPresent()) {
        fields.put(field, type.get());
        if (required.contains(field) && !property.getValue().has("default")) {
          minSize += field.length() + type.get().minSize() + 4;
        }
      }
    }
    if (named) {
      addNames(name, fields);
    }
    return new ObjectOf(name, minSize, () -> fields);
  }

  /// What every object has, whether its schema says so or not.
  private static void addNames(String name, Map<String, DeclaredType> fields) {
    fields.put("apiVersion", DeclaredType.STRING);
    fields.put("kind", DeclaredType.STRING);
    Map<String, DeclaredType> metadata = new LinkedHashMap<>();
    if (fields.get("metadata") instanceof ObjectOf known) {
      metadata.putAll(known.fields());
    }
    metadata.putIfAbsent("name", DeclaredType.STRING);
    metadata.putIfAbsent("generateName", DeclaredType.STRING);
    fields.put("metadata", new ObjectOf(name + ".metadata", 2, () -> metadata));
  }

  private static DeclaredType string(JsonNode schema) {
    return switch (schema.path("format").asString("")) {
      case "byte" -> scalar(SimpleType.BYTES, 2, limit(schema, "maxLength", MAX_STRING));
      case "duration" -> scalar(SimpleType.DURATION, MIN_DURATION_BYTES, MAX_TIME_BYTES);
      case "date" -> scalar(SimpleType.TIMESTAMP, DATE_BYTES, DATE_BYTES);
      case "date-time" -> scalar(SimpleType.TIMESTAMP, MIN_TIME_BYTES, MAX_TIME_BYTES);
      default -> scalar(SimpleType.STRING, 2, characters(schema));
    };
  }

  private static DeclaredType scalar(CelType type, long minSize, long maxElements) {
    return new Scalar(type, minSize, maxElements);
  }

  /// A limit counts characters, of up to four bytes each.
  private static long characters(JsonNode schema) {
    if (schema.has("maxLength")) {
      return 4 * limit(schema, "maxLength", 0);
    }
    List<JsonNode> words = schema.path("enum").valueStream().toList();
    return words.isEmpty() || !schema.path("type").asString("").equals("string")
        ? MAX_STRING
        : words.stream().mapToLong(word -> word.asString("").length()).max().orElse(0);
  }

  private static long limit(JsonNode schema, String name, long otherwise) {
    return schema.has(name) ? Math.max(0, schema.path(name).asLong(0)) : otherwise;
  }
}
