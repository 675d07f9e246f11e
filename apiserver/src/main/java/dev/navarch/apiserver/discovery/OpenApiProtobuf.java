package dev.navarch.apiserver.discovery;

import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// An OpenAPI version 2 document in the protobuf form (gnostic's `openapi.v2.Document`), the only
/// one that kubectl before 1.24 reads. The numbers are those of gnostic's messages; what stands in
/// no message of its own (extensions, enums) travels as text.
final class OpenApiProtobuf {
  static final String MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

  /// The same type as older clients write it.
  static final String OLD_MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

  private OpenApiProtobuf() {}

  static byte[] encode(JsonNode document) {
    JsonNode info = document.path("info");
    ProtobufMessage paths = new ProtobufMessage();
    named(paths, 2, document.path("paths"), OpenApiProtobuf::pathItem);
    ProtobufMessage definitions = new ProtobufMessage();
    named(definitions, 1, document.path("definitions"), OpenApiProtobuf::schema);
    return new ProtobufMessage()
        .put(1, text(document, "swagger"))
        .put(2, new ProtobufMessage().put(1, text(info, "title")).put(2, text(info, "version")))
        .put(8, paths)
        .put(9, definitions)
        .bytes();
  }

  private static ProtobufMessage pathItem(JsonNode item) {
    ProtobufMessage message = new ProtobufMessage();
    operation(message, 2, item.path("get"));
    operation(message, 3, item.path("put"));
    operation(message, 4, item.path("post"));
    operation(message, 5, item.path("delete"));
    operation(message, 8, item.path("patch"));
    item.path("parameters").forEach(parameter -> message.put(9, parameter(parameter)));
    return message;
  }

  private static void operation(ProtobufMessage item, int field, JsonNode operation) {
    if (operation.isMissingNode()) {
      return;
    }
    ProtobufMessage message = new ProtobufMessage();
    strings(message, 1, operation.path("tags"));
    message.put(5, text(operation, "operationId"));
    strings(message, 6, operation.path("produces"));
    strings(message, 7, operation.path("consumes"));
    operation.path("parameters").forEach(parameter -> message.put(8, parameter(parameter)));
    ProtobufMessage responses = new ProtobufMessage();
    named(responses, 1, operation.path("responses"), OpenApiProtobuf::response);
    message.put(9, responses);
    strings(message, 10, operation.path("schemes"));
    extensions(message, 13, operation);
    item.put(field, message);
  }

  private static ProtobufMessage response(JsonNode response) {
    ProtobufMessage message = new ProtobufMessage().put(1, text(response, "description"));
    if (response.has("schema")) {
      message.put(2, new ProtobufMessage().put(1, schema(response.path("schema"))));
    }
    return new ProtobufMessage().put(1, message);
  }

  private static ProtobufMessage parameter(JsonNode parameter) {
    ProtobufMessage message =
        switch (text(parameter, "in")) {
          case "body" ->
              new ProtobufMessage()
                  .put(
                      1,
                      new ProtobufMessage()
                          .put(2, text(parameter, "name"))
                          .put(3, text(parameter, "in"))
                          .put(4, parameter.path("required").asBoolean(false))
                          .put(5, schema(parameter.path("schema"))));
          case "path" ->
              new ProtobufMessage()
                  .put(
                      2,
                      new ProtobufMessage()
                          .put(
                              4,
                              plain(parameter)
                                  .put(5, text(parameter, "type"))
                                  .put(19, parameter.path("uniqueItems").asBoolean(false))));
          default ->
              new ProtobufMessage()
                  .put(
                      2,
                      new ProtobufMessage()
                          .put(
                              3,
                              plain(parameter)
                                  .put(6, text(parameter, "type"))
                                  .put(20, parameter.path("uniqueItems").asBoolean(false))));
        };
    return new ProtobufMessage().put(1, message);
  }

  private static ProtobufMessage plain(JsonNode parameter) {
    return new ProtobufMessage()
        .put(1, parameter.path("required").asBoolean(false))
        .put(2, text(parameter, "in"))
        .put(4, text(parameter, "name"));
  }

  private static ProtobufMessage schema(JsonNode schema) {
    ProtobufMessage message =
        new ProtobufMessage()
            .put(1, text(schema, "$ref"))
            .put(2, text(schema, "format"))
            .put(4, text(schema, "description"));
    strings(message, 19, schema.path("required"));
    schema.path("enum").forEach(value -> message.put(20, any(value)));
    if (schema.has("additionalProperties")) {
      message.put(21, new ProtobufMessage().put(1, schema(schema.path("additionalProperties"))));
    }
    if (schema.has("type")) {
      message.put(22, new ProtobufMessage().put(1, text(schema, "type")));
    }
    if (schema.has("items")) {
      message.put(23, new ProtobufMessage().put(1, schema(schema.path("items"))));
    }
    if (schema.has("properties")) {
      ProtobufMessage properties = new ProtobufMessage();
      named(properties, 1, schema.path("properties"), OpenApiProtobuf::schema);
      message.put(25, properties);
    }
    extensions(message, 31, schema);
    return message;
  }

  /// Pairs of a name and a value.
  private static void named(
      ProtobufMessage target,
      int field,
      JsonNode values,
      Function<JsonNode, ProtobufMessage> encode) {
    values
        .properties()
        .forEach(
            entry ->
                target.put(
                    field,
                    new ProtobufMessage()
                        .put(1, entry.getKey())
                        .put(2, encode.apply(entry.getValue()))));
  }

  private static void extensions(ProtobufMessage target, int field, JsonNode node) {
    node.properties()
        .forEach(
            entry -> {
              if (entry.getKey().startsWith("x-")) {
                target.put(
                    field,
                    new ProtobufMessage().put(1, entry.getKey()).put(2, any(entry.getValue())));
              }
            });
  }

  /// A value as YAML, of which JSON is a part.
  private static ProtobufMessage any(JsonNode value) {
    return new ProtobufMessage().put(2, value + "\n");
  }

  private static void strings(ProtobufMessage target, int field, JsonNode values) {
    values.forEach(value -> target.put(field, value.asString("")));
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asString("");
  }
}
