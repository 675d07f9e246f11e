package dev.navarch.apiserver.discovery;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The schemas of custom kinds for OpenAPI: as their authors wrote them in version 3; in version 2,
/// which clients validate with and which can say less, without what they would misunderstand.
final class CustomSchemas {
  private static final List<String> ONLY_V3 =
      List.of("allOf", "anyOf", "oneOf", "not", "nullable", "default");
  private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

  private CustomSchemas() {}

  /// The schema of whole objects.
  static ObjectNode of(ObjectNode source, OpenApiDialect dialect) {
    return object(
        switch (dialect) {
          case V3 -> source.deepCopy();
          case V2 -> plain(source);
        },
        source,
        dialect);
  }

  /// Says what every object has, unless nothing at all is said of its fields.
  private static ObjectNode object(ObjectNode schema, ObjectNode source, OpenApiDialect dialect) {
    boolean open = source.path("x-kubernetes-preserve-unknown-fields").asBoolean(false);
    if (dialect == OpenApiDialect.V2 && open && !schema.has("properties")) {
      schema.put("type", "object");
    }
    ObjectNode declared =
        schema.get("properties") instanceof ObjectNode there ? there.deepCopy() : node();
    ObjectNode fields = schema.putObject("properties");
    fields.set("apiVersion", field(TYPE_META.getFirst()));
    fields.set("kind", field(TYPE_META.getLast()));
    ObjectNode metadata = node().put("$ref", dialect.reference(META));
    if (dialect == OpenApiDialect.V3) {
      ObjectNode wrapped = node();
      wrapped.putArray("allOf").add(metadata);
      metadata = wrapped;
    }
    fields.set("metadata", metadata);
    for (Map.Entry<String, JsonNode> field : declared.properties()) {
      if (!fields.has(field.getKey())) {
        fields.set(field.getKey(), field.getValue());
      }
    }
    return schema;
  }

  private static final List<String> TYPE_META =
      List.of(
          "The version of the group in which this object is written.",
          "The kind of thing that this object stands for.");

  private static ObjectNode field(String description) {
    return node().put("description", description).put("type", "string");
  }

  private static ObjectNode plain(ObjectNode source) {
    ObjectNode schema = node().setAll(source);
    schema.remove(ONLY_V3);
    boolean open = source.path("x-kubernetes-preserve-unknown-fields").asBoolean(false);
    if (open || source.path("nullable").asBoolean(false)) {
      schema.remove(List.of("type", "properties", "items", "additionalProperties", "required"));
      return schema;
    }
    if (source.path("x-kubernetes-int-or-string").asBoolean(false)) {
      schema.remove("type");
    }
    if (source.get("properties") instanceof ObjectNode properties) {
      ObjectNode fields = schema.putObject("properties");
      for (Map.Entry<String, JsonNode> field : properties.properties()) {
        if (field.getValue() instanceof ObjectNode of) {
          fields.set(field.getKey(), plain(of));
        }
      }
    }
    for (String part : List.of("items", "additionalProperties")) {
      if (source.get(part) instanceof ObjectNode of) {
        schema.set(part, plain(of));
      }
    }
    return schema;
  }

  private static ObjectNode node() {
    return JsonNodeFactory.instance.objectNode();
  }
}
