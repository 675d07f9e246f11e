package dev.navarch.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Turns schema facts in OpenAPI's words into a {@link Schema}. References stay names until someone
/// follows them, so definitions share nodes and may contain themselves.
final class SchemaReader {
  private static final Map<String, Schema.Type> WELL_KNOWN =
      Map.ofEntries(
          Map.entry("io.k8s.apimachinery.pkg.api.resource.Quantity", Schema.Type.QUANTITY),
          Map.entry("io.k8s.apimachinery.pkg.util.intstr.IntOrString", Schema.Type.INT_OR_STRING),
          Map.entry("io.k8s.apimachinery.pkg.apis.meta.v1.Time", Schema.Type.TIME),
          Map.entry("io.k8s.apimachinery.pkg.apis.meta.v1.Timestamp", Schema.Type.TIME),
          Map.entry("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", Schema.Type.MICRO_TIME),
          Map.entry("io.k8s.apimachinery.pkg.apis.meta.v1.Duration", Schema.Type.DURATION),
          Map.entry("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", Schema.Type.ANY),
          Map.entry("io.k8s.apimachinery.pkg.apis.meta.v1.Patch", Schema.Type.ANY),
          Map.entry("io.k8s.apimachinery.pkg.runtime.RawExtension", Schema.Type.ANY));

  private final Definitions definitions;
  private final GoFields goFields;

  SchemaReader(Definitions definitions, GoFields goFields) {
    this.definitions = definitions;
    this.goFields = goFields;
  }

  /// Reads one schema; `definition` is its own name, empty for a schema that has none.
  Schema read(String definition, JsonNode facts) {
    return read(definition, facts, false);
  }

  private Schema read(String definition, JsonNode facts, boolean omitEmpty) {
    String ref = facts.path("$ref").asString("");
    Use use = use(facts, omitEmpty);
    return ref.isEmpty() ? inline(definition, facts, use) : new Reference(ref, definitions, use);
  }

  private Schema inline(String definition, JsonNode facts, Use use) {
    Schema.Type type = WELL_KNOWN.getOrDefault(definition, type(definition, facts));
    Set<String> required = Set.copyOf(strings(facts.path("required")));
    Map<String, Schema> fields = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : facts.path("properties").properties()) {
      String name = field.getKey();
      JsonNode of = field.getValue();
      boolean omitEmpty =
          goFields.isOmittedWhenEmpty(definition, name, of, required.contains(name));
      fields.put(name, read("", of, omitEmpty));
    }
    return new Inline(
        type,
        definition,
        Collections.unmodifiableMap(fields),
        Schema.defaults(fields),
        required,
        child(facts, "additionalProperties"),
        child(facts, "items"),
        facts.path("format").asString(""),
        strings(facts.path("enum")),
        type == Schema.Type.OBJECT ? embedded(facts) : null,
        use);
  }

  private @Nullable Schema child(JsonNode facts, String name) {
    JsonNode child = facts.path(name);
    return child.isObject() ? read("", child) : null;
  }

  private Schema.@Nullable Embedded embedded(JsonNode facts) {
    JsonNode first = facts.path("x-protobuf-embedded").path(0);
    return first.isArray()
        ? new Schema.Embedded(
            first.path(0).asInt(), new Reference(first.path(1).asString(), definitions, Use.PLAIN))
        : null;
  }

  private static Schema.Type type(String definition, JsonNode facts) {
    if (facts.path("x-kubernetes-int-or-string").asBoolean(false)) {
      return Schema.Type.INT_OR_STRING;
    }
    return switch (facts.path("type").asString("")) {
      case "object" ->
          !definition.isEmpty() || facts.has("properties") || facts.has("additionalProperties")
              ? Schema.Type.OBJECT
              : Schema.Type.ANY;
      case "array" -> Schema.Type.ARRAY;
      case "string" -> Schema.Type.STRING;
      case "integer" -> Schema.Type.INTEGER;
      case "number" -> Schema.Type.NUMBER;
      case "boolean" -> Schema.Type.BOOLEAN;
      default -> Schema.Type.ANY;
    };
  }

  private static Use use(JsonNode facts, boolean omitEmpty) {
    JsonNode protobuf = facts.path("x-protobuf");
    return new Use(
        facts.get("default"),
        switch (facts.path("x-kubernetes-list-type").asString("atomic")) {
          case "set" -> Schema.ListType.SET;
          case "map" -> Schema.ListType.MAP;
          default -> Schema.ListType.ATOMIC;
        },
        strings(facts.path("x-kubernetes-list-map-keys")),
        facts.path("x-kubernetes-map-type").asString("").equals("atomic"),
        facts.path("x-kubernetes-patch-strategy").asString(""),
        facts.path("x-kubernetes-patch-merge-key").asString(""),
        protobuf.path(0).asInt(0),
        protobuf.path(1).asString("").intern(),
        omitEmpty);
  }

  private static List<String> strings(JsonNode array) {
    List<String> all = new ArrayList<>(array.size());
    array.values().forEach(value -> all.add(value.asString()));
    return List.copyOf(all);
  }

  /// What the place where a schema is used says of it.
  record Use(
      @Nullable JsonNode defaultValue,
      Schema.ListType listType,
      List<String> listMapKeys,
      boolean atomicMap,
      String patchStrategy,
      String patchMergeKey,
      int protobufNumber,
      String protobufType,
      boolean omitEmpty) {
    static final Use PLAIN =
        new Use(null, Schema.ListType.ATOMIC, List.of(), false, "", "", 0, "", false);
  }

  /// A schema that takes the per-use facts from its {@link Use}.
  private sealed interface Used extends Schema permits Inline, Reference {
    Use use();

    @Override
    default @Nullable JsonNode defaultValue() {
      return use().defaultValue;
    }

    @Override
    default Schema.ListType listType() {
      return use().listType;
    }

    @Override
    default List<String> listMapKeys() {
      return use().listMapKeys;
    }

    @Override
    default boolean atomicMap() {
      return use().atomicMap;
    }

    @Override
    default String patchStrategy() {
      return use().patchStrategy;
    }

    @Override
    default String patchMergeKey() {
      return use().patchMergeKey;
    }

    @Override
    default int protobufNumber() {
      return use().protobufNumber;
    }

    @Override
    default String protobufType() {
      return use().protobufType;
    }

    @Override
    default boolean omitEmpty() {
      return use().omitEmpty;
    }
  }

  private record Inline(
      Schema.Type type,
      String definition,
      Map<String, Schema> fields,
      Map<String, JsonNode> defaults,
      Set<String> required,
      @Nullable Schema values,
      @Nullable Schema items,
      String format,
      List<String> enumValues,
      @Nullable Embedded embedded,
      Use use)
      implements Used {}

  /// A schema by name. It remembers what the name leads to: documents are walked often.
  private static final class Reference implements Used {
    private final String definition;
    private final Definitions definitions;
    private final Use use;
    private @Nullable Schema target;

    Reference(String definition, Definitions definitions, Use use) {
      this.definition = definition;
      this.definitions = definitions;
      this.use = use;
    }

    private Schema target() {
      Schema known = target;
      if (known == null) {
        known = definitions.require(definition);
        target = known;
      }
      return known;
    }

    @Override
    public String definition() {
      return definition;
    }

    @Override
    public Use use() {
      return use;
    }

    @Override
    public Schema.Type type() {
      return target().type();
    }

    @Override
    public Map<String, Schema> fields() {
      return target().fields();
    }

    @Override
    public Map<String, JsonNode> defaults() {
      return target().defaults();
    }

    @Override
    public Set<String> required() {
      return target().required();
    }

    @Override
    public @Nullable Schema values() {
      return target().values();
    }

    @Override
    public @Nullable Schema items() {
      return target().items();
    }

    @Override
    public String format() {
      return target().format();
    }

    @Override
    public List<String> enumValues() {
      return target().enumValues();
    }

    @Override
    public boolean atomicMap() {
      return use.atomicMap || target().atomicMap();
    }

    @Override
    public @Nullable Embedded embedded() {
      return target().embedded();
    }

    @Override
    public String toString() {
      return "Reference[" + definition + "]";
    }
  }
}
