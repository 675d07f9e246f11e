package dev.navarch.apiserver.registry;

import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Documents in which every field of a schema is set, each to a value of its own and in its one
/// canonical form, so that none can stand for another. A type that contains itself ends where it
/// begins again.
final class FullDocument {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private final Deque<String> within = new ArrayDeque<>();
  private int count;

  private FullDocument() {}

  static ObjectNode of(Schema schema) {
    ObjectNode full = (ObjectNode) new FullDocument().value(schema, "");
    return Json.parse(Json.bytes(full));
  }

  private JsonNode value(Schema schema, String name) {
    count++;
    return switch (schema.type()) {
      case BOOLEAN -> NODES.booleanNode(true);
      case INTEGER ->
          schema.format().equals("int32")
              ? NODES.numberNode(count % 2 == 0 ? count : -count)
              : NODES.numberNode((1L << 40) + count);
      case NUMBER -> NODES.numberNode(count + 0.5);
      case STRING ->
          NODES.stringNode(
              schema.format().equals("byte")
                  ? Base64.getEncoder()
                      .encodeToString(("é" + count).getBytes(StandardCharsets.UTF_8))
                  : name + "-ü: " + count);
      case QUANTITY -> NODES.stringNode(quantity());
      case INT_OR_STRING ->
          count % 2 == 0 ? NODES.numberNode(-count) : NODES.stringNode(count + "%");
      case TIME -> NODES.stringNode(Instant.ofEpochSecond(1_700_000_000L + count).toString());
      case MICRO_TIME -> NODES.stringNode("2024-05-06T07:08:09.%06dZ".formatted(count % 1_000_000));
      case DURATION -> NODES.stringNode("1h%dm%ds".formatted(count % 59 + 1, count % 58 + 1));
      case ANY -> any(schema);
      case ARRAY -> {
        ArrayNode array = NODES.arrayNode();
        Schema items = schema.items();
        if (items != null && !isWithin(items)) {
          array.add(value(items, name));
          array.add(value(items, name));
        }
        yield array;
      }
      case OBJECT -> object(schema, name);
    };
  }

  private ObjectNode object(Schema schema, String name) {
    ObjectNode object = NODES.objectNode();
    Schema values = schema.values();
    if (values != null) {
      if (!isWithin(values)) {
        for (int i = 0; i < 2; i++) {
          object.set("key-" + count, value(values, name));
        }
      }
      return object;
    }
    within.push(schema.definition());
    schema
        .fields()
        .forEach(
            (field, type) -> {
              if (!isWithin(type) && !isOwnName(field, type)) {
                JsonNode value = value(type, field);
                if (!(value.isContainer() && value.isEmpty()) || isMark(type)) {
                  object.set(field, value);
                }
              }
            });
    within.pop();
    return object;
  }

  /// An object inside another does not say its kind: protobuf has no place for it.
  private boolean isOwnName(String field, Schema type) {
    return within.size() > 1
        && type.protobufNumber() == 0
        && (field.equals("kind") || field.equals("apiVersion"));
  }

  /// A type without fields, which says something by being there.
  private static boolean isMark(Schema type) {
    return type.type() == Schema.Type.OBJECT
        && !type.definition().isEmpty()
        && type.values() == null
        && type.fields().isEmpty();
  }

  private boolean isWithin(Schema schema) {
    return !schema.definition().isEmpty() && within.contains(schema.definition());
  }

  private String quantity() {
    int odd = count * 2 + 1;
    return switch (count % 4) {
      case 0 -> odd + "m";
      case 1 -> odd + "Ki";
      case 2 -> odd + "M";
      default -> Integer.toString(odd);
    };
  }

  /// What its type says about JSON is not what it says about protobuf.
  private JsonNode any(Schema schema) {
    String type = schema.definition().substring(schema.definition().lastIndexOf('.') + 1);
    ObjectNode props = NODES.objectNode().put("format", "format-" + count);
    return switch (type) {
      case "JSONSchemaPropsOrBool" -> count % 2 == 0 ? props : NODES.booleanNode(count % 3 == 0);
      case "JSONSchemaPropsOrArray" -> count % 2 == 0 ? props : NODES.arrayNode().add(props);
      case "JSONSchemaPropsOrStringArray" ->
          count % 2 == 0 ? props : NODES.arrayNode().add("name-" + count);
      case "JSON" -> NODES.arrayNode().add(count).add(props).addNull().add(1.25);
      default -> NODES.objectNode().put("kind", "Custom").put("n", count).putNull("none");
    };
  }
}
