package dev.navarch.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a value may be: its type, fields, default, and how lists and maps merge. Built-in kinds and
/// the structural schemas of custom resources take the same form, so decoding, pruning, defaulting,
/// patching, OpenAPI and protobuf are each written once, over this.
///
/// References are resolved: a field's schema is the referenced definition with the field's own
/// default, list type and protobuf tag laid over it. A definition may contain itself
/// (JSONSchemaProps), so a walk must follow the document, never the schema alone.
public interface Schema {

  /// The JSON types; ANY takes every value.
  enum Type {
    OBJECT,
    ARRAY,
    STRING,
    INTEGER,
    NUMBER,
    BOOLEAN,
    INT_OR_STRING,
    QUANTITY,
    TIME,
    MICRO_TIME,
    DURATION,
    /// Any JSON object, kept as it is (RawExtension, FieldsV1, preserved custom fields).
    ANY
  }

  /// How the elements of a list belong together.
  enum ListType {
    ATOMIC,
    SET,
    MAP
  }

  Type type();

  /// `io.k8s.api.core.v1.Container`; empty for what has no definition of its own.
  String definition();

  /// The fields of an object by name; empty for maps and scalars.
  Map<String, Schema> fields();

  /// The fields that are filled in when they are absent, with what they then hold; in the order of
  /// {@link #fields}.
  default Map<String, JsonNode> defaults() {
    return defaults(fields());
  }

  static Map<String, JsonNode> defaults(Map<String, Schema> fields) {
    Map<String, JsonNode> defaults = new LinkedHashMap<>();
    fields.forEach(
        (name, field) -> {
          JsonNode byDefault = field.defaultValue();
          if (byDefault != null && !(field.omitEmpty() && GoFields.isEmpty(byDefault))) {
            defaults.put(name, byDefault);
          }
        });
    return Collections.unmodifiableMap(defaults);
  }

  /// Whether this is a scalar, or what nobody looks into.
  default boolean isLeaf() {
    Type type = type();
    return type != Type.OBJECT && type != Type.ARRAY;
  }

  Set<String> required();

  /// The schema of a map's values; null when it is no map.
  @Nullable Schema values();

  /// The schema of an array's elements; null when it is no array.
  @Nullable Schema items();

  /// `int32`, `int64`, `double`, `byte`, `date-time`; empty when there is none.
  String format();

  @Nullable JsonNode defaultValue();

  List<String> enumValues();

  ListType listType();

  /// The fields that identify an element of a list of type MAP.
  List<String> listMapKeys();

  /// A map that is owned and replaced as a whole.
  boolean atomicMap();

  /// An object that keeps fields which no schema knows; how they merge, their values say
  /// (`x-kubernetes-preserve-unknown-fields`).
  default boolean preservesUnknown() {
    return false;
  }

  /// `merge`, `replace`, `retainKeys`, or two of them joined by a comma; empty when there is none.
  String patchStrategy();

  /// The key by which a strategic merge patch finds a list's elements; empty when there is none.
  String patchMergeKey();

  /// The protobuf field number within the message that holds this field; 0 when there is none.
  int protobufNumber();

  /// The protobuf type as the schema facts write it; empty when there is none.
  String protobufType();

  /// A field that is left out when it holds an empty value (`""`, `0`, `false`, `[]`, `{}`).
  boolean omitEmpty();

  /// The message that protobuf nests where JSON is flat (Go embeds a struct); null when there is
  /// none. Its schema knows the field numbers of the nested fields.
  @Nullable Embedded embedded();

  /// Whether this comes out of a custom resource's structural schema: values of a wrong type and
  /// nulls stay until defaults and validation have their say.
  default boolean structural() {
    return false;
  }

  default boolean nullable() {
    return false;
  }

  /// The OpenAPI schema as the author of a custom kind wrote it; null for built-in types.
  default @Nullable ObjectNode source() {
    return null;
  }

  /// A protobuf message that holds some of an object's fields.
  record Embedded(int number, Schema schema) {}
}
