package dev.navarch.api.apply;

import dev.navarch.api.Schema;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// How a value merges. Where no schema says so (null: the unknown fields of custom resources),
/// objects merge field by field and lists are replaced.
enum Form {
  /// Owned and replaced as a whole: scalars, atomic lists and maps.
  LEAF,
  /// An object or a map: each entry is a place of its own.
  FIELDS,
  /// A list whose elements are their own keys.
  SET,
  /// A list whose elements have key fields.
  KEYED;

  static Form of(@Nullable Schema schema, JsonNode value) {
    if (schema == null || isDeduced(schema)) {
      return value.isObject() || value.isNull() ? FIELDS : LEAF;
    }
    return switch (schema.type()) {
      case OBJECT -> schema.atomicMap() ? LEAF : FIELDS;
      case ARRAY ->
          switch (schema.listType()) {
            case ATOMIC -> LEAF;
            case SET -> SET;
            case MAP -> KEYED;
          };
      default -> LEAF;
    };
  }

  /// Whether the form depends on the value alone.
  static boolean isDeduced(@Nullable Schema schema) {
    return schema == null || (schema.type() == Schema.Type.ANY && schema.preservesUnknown());
  }

  /// The schema of an entry; null when only its value can say how it merges.
  static @Nullable Schema entry(@Nullable Schema schema, String name) {
    if (schema == null) {
      return null;
    }
    Schema field = schema.fields().get(name);
    return field == null ? schema.values() : field;
  }

  /// Whether the schema names this field, other than the key of a map.
  static boolean isField(@Nullable Schema schema, String name) {
    return schema != null && schema.fields().containsKey(name);
  }

  /// The schema of what a path element leads to.
  static @Nullable Schema below(@Nullable Schema schema, String element) {
    return PathElements.isField(element)
        ? entry(schema, PathElements.text(element))
        : schema == null ? null : schema.items();
  }

  /// The path element of an item of a list that is a SET or KEYED.
  String element(JsonNode item, @Nullable Schema list) {
    return this == SET || list == null ? PathElements.value(item) : PathElements.key(item, list);
  }
}
