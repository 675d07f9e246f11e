package dev.navarch.apiserver.discovery;

import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import dev.navarch.api.Schema.ListType;
import dev.navarch.apiserver.discovery.Descriptions.Texts;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Collects the schemas that a document refers to, each once under its name, and writes them in one
/// dialect of OpenAPI, with Kubernetes' own words for merging and for what is which kind.
final class OpenApiSchemas {
  private static final String OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
  private static final String LIST_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";

  private final OpenApiDialect dialect;
  private final Function<String, Optional<Schema>> definitions;
  private final Descriptions descriptions;
  private final Map<String, ObjectNode> schemas = new HashMap<>();

  OpenApiSchemas(
      OpenApiDialect dialect,
      Function<String, Optional<Schema>> definitions,
      Descriptions descriptions) {
    this.dialect = dialect;
    this.definitions = definitions;
    this.descriptions = descriptions;
  }

  /// Adds a kind and its list.
  void add(Kind kind) {
    String name = OpenApiNames.definition(kind);
    ObjectNode source = kind.schema().source();
    if (source == null) {
      describe(name, kind.schema());
    } else {
      schemas.put(name, CustomSchemas.of(source, dialect));
      add(OBJECT_META);
    }
    groupVersionKind(name, kind.group(), kind.version(), kind.kind());
    if (kind.verbs().contains("list")) {
      addList(kind);
    }
  }

  private void addList(Kind kind) {
    String name = OpenApiNames.list(kind);
    Texts texts = descriptions.of(name);
    ObjectNode list = node().put("type", "object");
    describe(list, texts.type());
    ObjectNode fields = list.putObject("properties");
    fields.set("apiVersion", node().put("type", "string"));
    fields.set("items", node().put("type", "array"));
    fields.set("kind", node().put("type", "string"));
    fields.set("metadata", node());
    fields
        .properties()
        .forEach(each -> describe((ObjectNode) each.getValue(), texts.field(each.getKey())));
    ((ObjectNode) fields.get("items")).set("items", reference(OpenApiNames.definition(kind)));
    add(LIST_META);
    fields.set("metadata", refer(LIST_META, (ObjectNode) fields.get("metadata")));
    list.putArray("required").add("items");
    schemas.put(name, list);
    groupVersionKind(name, kind.group(), kind.version(), kind.kind() + "List");
  }

  /// Adds a definition by its name.
  void add(String name) {
    describe(
        name,
        definitions
            .apply(name)
            .orElseThrow(() -> new IllegalStateException("no definition is named " + name)));
  }

  boolean has(String name) {
    return schemas.containsKey(name);
  }

  /// Says that the definition is a kind.
  void groupVersionKind(String name, String group, String version, String kind) {
    ObjectNode schema = schemas.get(name);
    if (schema != null) {
      schema
          .withArray("x-kubernetes-group-version-kind")
          .addObject()
          .put("group", group)
          .put("kind", kind)
          .put("version", version);
    }
  }

  ObjectNode reference(String name) {
    return node().put("$ref", dialect.reference(name));
  }

  /// Everything that was added, by name.
  ObjectNode all() {
    ObjectNode all = node();
    new TreeMap<>(schemas).forEach(all::set);
    return all;
  }

  private void describe(String name, Schema schema) {
    if (!schemas.containsKey(name)) {
      ObjectNode target = node();
      schemas.put(name, target);
      Texts texts = descriptions.of(name);
      describe(target, texts.type());
      write(target, schema, texts);
    }
  }

  private static void describe(ObjectNode target, String text) {
    if (!text.isEmpty()) {
      target.put("description", text);
    }
  }

  /// A schema where it is used: by its name when it has one.
  ///
  /// @param text what it is for there; may be empty
  private ObjectNode use(Schema schema, String text) {
    ObjectNode extras = extras(schema);
    describe(extras, text);
    if (schema.definition().isEmpty()) {
      ObjectNode target = node();
      write(target, schema, Texts.NONE);
      return target.setAll(extras);
    }
    describe(schema.definition(), schema);
    return refer(schema.definition(), extras);
  }

  /// A reference with what its place adds to it.
  private ObjectNode refer(String definition, ObjectNode extras) {
    ObjectNode reference = reference(definition);
    if (extras.isEmpty()) {
      return reference;
    }
    return switch (dialect) {
      case V2 -> reference.setAll(extras);
      case V3 -> {
        ObjectNode wrapped = node();
        wrapped.putArray("allOf").add(reference);
        yield wrapped.setAll(extras);
      }
    };
  }

  private void write(ObjectNode target, Schema schema, Texts texts) {
    switch (schema.type()) {
      case OBJECT -> object(target, schema, texts);
      case ARRAY -> {
        target.put("type", "array");
        Schema items = schema.items();
        if (items != null) {
          target.set("items", use(items, ""));
        }
      }
      case STRING -> scalar(target, "string", schema.format());
      case INTEGER -> scalar(target, "integer", schema.format());
      case NUMBER -> scalar(target, "number", schema.format());
      case BOOLEAN -> scalar(target, "boolean", "");
      case TIME, MICRO_TIME -> scalar(target, "string", "date-time");
      case DURATION -> scalar(target, "string", "");
      case QUANTITY -> either(target, "string", "number", "");
      case INT_OR_STRING -> either(target, "integer", "string", "int-or-string");
      case ANY -> any(target, schema);
    }
    if (!schema.enumValues().isEmpty()) {
      strings(target, "enum", schema.enumValues());
    }
  }

  private void object(ObjectNode target, Schema schema, Texts texts) {
    target.put("type", "object");
    if (!schema.fields().isEmpty()) {
      ObjectNode fields = target.putObject("properties");
      new TreeMap<>(schema.fields())
          .forEach((name, field) -> fields.set(name, use(field, texts.field(name))));
    }
    Schema values = schema.values();
    if (values != null) {
      target.set("additionalProperties", use(values, ""));
    }
    if (!schema.required().isEmpty()) {
      strings(target, "required", schema.required().stream().sorted().toList());
    }
  }

  private static void scalar(ObjectNode target, String type, String format) {
    target.put("type", type);
    if (!format.isEmpty()) {
      target.put("format", format);
    }
  }

  /// A value of either type; version 2 knows only strings for it.
  private void either(ObjectNode target, String one, String other, String format) {
    switch (dialect) {
      case V2 -> scalar(target, "string", format);
      case V3 -> {
        ArrayNode types = target.putArray("oneOf");
        types.addObject().put("type", one);
        types.addObject().put("type", other);
        if (!format.isEmpty()) {
          target.put("format", format);
        }
      }
    }
  }

  /// Values of any form have no type at all, except where they are known to be objects.
  private static void any(ObjectNode target, Schema schema) {
    if (schema.definition().startsWith("io.k8s.apimachinery.")) {
      target.put("type", "object");
    } else if (schema.definition().isEmpty()) {
      target.put("x-kubernetes-preserve-unknown-fields", true);
    }
  }

  /// What the place says of the schema that is used there.
  private ObjectNode extras(Schema schema) {
    ObjectNode extras = node();
    if (dialect == OpenApiDialect.V3 && schema.defaultValue() != null) {
      extras.set("default", schema.defaultValue());
    }
    if (schema.listType() != ListType.ATOMIC) {
      extras.put("x-kubernetes-list-type", schema.listType() == ListType.MAP ? "map" : "set");
    }
    if (!schema.listMapKeys().isEmpty()) {
      strings(extras, "x-kubernetes-list-map-keys", schema.listMapKeys());
    }
    boolean atomicElsewhere =
        !schema.definition().isEmpty()
            && definitions.apply(schema.definition()).map(Schema::atomicMap).orElse(false);
    if (schema.atomicMap() || atomicElsewhere) {
      extras.put("x-kubernetes-map-type", schema.atomicMap() ? "atomic" : "granular");
    }
    if (!schema.patchMergeKey().isEmpty()) {
      extras.put("x-kubernetes-patch-merge-key", schema.patchMergeKey());
    }
    if (!schema.patchStrategy().isEmpty()) {
      extras.put("x-kubernetes-patch-strategy", schema.patchStrategy());
    }
    return extras;
  }

  private static void strings(ObjectNode target, String field, Collection<String> values) {
    ArrayNode array = target.putArray(field);
    values.forEach(array::add);
  }

  private static ObjectNode node() {
    return JsonNodeFactory.instance.objectNode();
  }
}
