package dev.navarch.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The structural schema of a custom resource, as pruning, defaulting and merging see it. What it
/// says of values (ranges, patterns, rules) stays in its {@link #source}, for those who validate.
public final class StructuralSchema implements Schema {
  /// Of a place that nobody described: scalars stay, objects lose all their fields.
  static final StructuralSchema NOTHING =
      new StructuralSchema(Json.object(), Type.OBJECT, Map.of(), null, null);

  private final ObjectNode source;
  private final Type type;
  private final Map<String, Schema> fields;
  private final Map<String, JsonNode> defaults;
  private final @Nullable Schema values;
  private final @Nullable Schema items;

  private StructuralSchema(
      ObjectNode source,
      Type type,
      Map<String, Schema> fields,
      @Nullable Schema values,
      @Nullable Schema items) {
    this.source = source;
    this.type = type;
    this.fields = fields;
    this.defaults = Schema.defaults(fields);
    this.values = values;
    this.items = items;
  }

  /// The schema of whole objects, with the fields that every object has.
  ///
  /// @param source OpenAPI version 3, as a CustomResourceDefinition holds it
  /// @param objectMeta the schema of `metadata`
  public static StructuralSchema of(ObjectNode source, Schema objectMeta) {
    return read(source, objectMeta, true);
  }

  private static StructuralSchema read(ObjectNode source, Schema objectMeta, boolean resource) {
    Map<String, Schema> fields = new LinkedHashMap<>();
    boolean whole = resource || flag(source, "x-kubernetes-embedded-resource");
    if (whole) {
      fields.put("apiVersion", string());
      fields.put("kind", string());
    }
    for (Map.Entry<String, JsonNode> property : source.path("properties").properties()) {
      if (property.getValue() instanceof ObjectNode of) {
        fields.put(property.getKey(), read(of, objectMeta, false));
      }
    }
    if (whole) {
      fields.put("metadata", objectMeta);
    }
    Schema values =
        switch (source.path("additionalProperties")) {
          case ObjectNode of -> read(of, objectMeta, false);
          case JsonNode allowed when allowed.asBoolean(false) -> NOTHING;
          default -> null;
        };
    Schema items =
        source.path("items") instanceof ObjectNode of ? read(of, objectMeta, false) : null;
    return new StructuralSchema(
        source,
        type(source, fields.isEmpty() && values == null && items == null),
        Collections.unmodifiableMap(fields),
        values,
        items);
  }

  private static StructuralSchema string() {
    return new StructuralSchema(
        Json.object().put("type", "string"), Type.STRING, Map.of(), null, null);
  }

  private static Type type(ObjectNode source, boolean bare) {
    if (bare && flag(source, "x-kubernetes-preserve-unknown-fields")) {
      return Type.ANY;
    }
    if (flag(source, "x-kubernetes-int-or-string")) {
      return Type.INT_OR_STRING;
    }
    return switch (source.path("type").asString("")) {
      case "array" -> Type.ARRAY;
      case "string" -> Type.STRING;
      case "integer" -> Type.INTEGER;
      case "number" -> Type.NUMBER;
      case "boolean" -> Type.BOOLEAN;
      default -> Type.OBJECT;
    };
  }

  private static boolean flag(ObjectNode source, String name) {
    return source.path(name).asBoolean(false);
  }

  @Override
  public boolean structural() {
    return true;
  }

  @Override
  public boolean preservesUnknown() {
    return flag(source, "x-kubernetes-preserve-unknown-fields");
  }

  @Override
  public boolean nullable() {
    return flag(source, "nullable");
  }

  @Override
  public ObjectNode source() {
    return source;
  }

  @Override
  public Type type() {
    return type;
  }

  @Override
  public String definition() {
    return "";
  }

  @Override
  public Map<String, Schema> fields() {
    return fields;
  }

  @Override
  public Map<String, JsonNode> defaults() {
    return defaults;
  }

  @Override
  public Set<String> required() {
    return Set.copyOf(strings("required"));
  }

  @Override
  public @Nullable Schema values() {
    return values;
  }

  @Override
  public @Nullable Schema items() {
    return items;
  }

  @Override
  public String format() {
    return source.path("format").asString("");
  }

  @Override
  public @Nullable JsonNode defaultValue() {
    return source.get("default");
  }

  /// What values may be is judged with all other rules of the source.
  @Override
  public List<String> enumValues() {
    return List.of();
  }

  @Override
  public ListType listType() {
    return switch (source.path("x-kubernetes-list-type").asString("atomic")) {
      case "set" -> ListType.SET;
      case "map" -> ListType.MAP;
      default -> ListType.ATOMIC;
    };
  }

  @Override
  public List<String> listMapKeys() {
    return strings("x-kubernetes-list-map-keys");
  }

  @Override
  public boolean atomicMap() {
    return source.path("x-kubernetes-map-type").asString("").equals("atomic");
  }

  @Override
  public String patchStrategy() {
    return "";
  }

  @Override
  public String patchMergeKey() {
    return "";
  }

  @Override
  public int protobufNumber() {
    return 0;
  }

  @Override
  public String protobufType() {
    return "";
  }

  @Override
  public boolean omitEmpty() {
    return false;
  }

  @Override
  public @Nullable Embedded embedded() {
    return null;
  }

  private List<String> strings(String name) {
    List<String> all = new ArrayList<>();
    source.path(name).forEach(value -> all.add(value.asString("")));
    return List.copyOf(all);
  }
}
