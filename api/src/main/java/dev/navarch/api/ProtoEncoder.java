package dev.navarch.api;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Document trees to protobuf messages, field by field in the order of their numbers.
final class ProtoEncoder {
  private final ProtoLayouts layouts;

  ProtoEncoder(ProtoLayouts layouts) {
    this.layouts = layouts;
  }

  byte[] message(ObjectNode tree, Schema schema) {
    ProtoWriter out = new ProtoWriter();
    ProtoLayouts.Layout layout = layouts.of(schema);
    Schema.Embedded embedded = layout.embedded();
    if (embedded != null) {
      out.bytes(embedded.number(), message(tree, embedded.schema()));
    }
    for (ProtoLayouts.Field field : layout.fields()) {
      JsonNode value = tree.get(field.name());
      if (value != null && !value.isNull()) {
        field(out, field, value);
      }
    }
    return out.toBytes();
  }

  private void field(ProtoWriter out, ProtoLayouts.Field field, JsonNode value) {
    Schema schema = field.schema();
    Schema items = schema.items();
    Schema values = schema.values();
    int number = field.number();
    if (ProtoLayouts.isWrappedList(schema, field.element())) {
      value(out, number, value, schema, field.element());
    } else if (items != null) {
      value.values().forEach(item -> value(out, number, item, items, field.element()));
    } else if (values != null) {
      Map<String, JsonNode> sorted = new TreeMap<>();
      value.properties().forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
      sorted.forEach(
          (key, entry) -> {
            ProtoWriter pair = new ProtoWriter();
            pair.string(1, key);
            value(pair, 2, entry, values, field.element());
            out.bytes(number, pair.toBytes());
          });
    } else {
      value(out, number, value, schema, field.element());
    }
  }

  private void value(ProtoWriter out, int number, JsonNode value, Schema schema, String type) {
    switch (schema.type()) {
      case BOOLEAN -> out.varint(number, value.booleanValue() ? 1 : 0);
      case INTEGER -> out.varint(number, value.longValue());
      case NUMBER -> out.fixed64(number, Double.doubleToLongBits(value.doubleValue()));
      case STRING -> {
        if (type.equals("bytes")) {
          out.bytes(number, Scalars.bytes(value.stringValue()));
        } else {
          out.string(number, value.stringValue());
        }
      }
      case OBJECT -> out.bytes(number, message((ObjectNode) value, schema));
      case ARRAY -> {
        ProtoWriter list = new ProtoWriter();
        value.values().forEach(item -> list.string(1, item.asString()));
        out.bytes(number, list.toBytes());
      }
      case QUANTITY -> {
        ProtoWriter quantity = new ProtoWriter();
        quantity.string(1, value.asString());
        out.bytes(number, quantity.toBytes());
      }
      case INT_OR_STRING -> {
        ProtoWriter either = new ProtoWriter();
        either.varint(1, value.isString() ? 1 : 0);
        either.varint(2, value.isString() ? 0 : value.longValue());
        either.string(3, value.isString() ? value.stringValue() : "");
        out.bytes(number, either.toBytes());
      }
      case TIME, MICRO_TIME -> {
        Instant instant = Scalars.instant(value.stringValue(), "RFC 3339");
        ProtoWriter time = new ProtoWriter();
        time.varint(1, instant.getEpochSecond());
        time.varint(2, schema.type() == Schema.Type.TIME ? 0 : instant.getNano());
        out.bytes(number, time.toBytes());
      }
      case DURATION -> {
        ProtoWriter duration = new ProtoWriter();
        duration.varint(1, GoDuration.parse(value.stringValue()).toNanos());
        out.bytes(number, duration.toBytes());
      }
      case ANY -> out.bytes(number, any(value, schema));
    }
  }

  /// Types whose JSON is not their protobuf message.
  private byte[] any(JsonNode value, Schema schema) {
    ProtoWriter out = new ProtoWriter();
    switch (ProtoLayouts.Free.of(schema)) {
      case RAW_JSON -> out.bytes(1, Json.bytes(value));
      case OR_BOOL -> {
        out.varint(1, value.isObject() || value.booleanValue() ? 1 : 0);
        if (value instanceof ObjectNode object) {
          out.bytes(2, message(object, layouts.jsonSchemaProps()));
        }
      }
      case OR_ARRAY -> {
        if (value instanceof ObjectNode object) {
          out.bytes(1, message(object, layouts.jsonSchemaProps()));
        } else {
          for (JsonNode item : value.values()) {
            out.bytes(2, message((ObjectNode) item, layouts.jsonSchemaProps()));
          }
        }
      }
      case OR_STRINGS -> {
        if (value instanceof ObjectNode object) {
          out.bytes(1, message(object, layouts.jsonSchemaProps()));
        } else {
          value.values().forEach(item -> out.string(2, item.asString()));
        }
      }
    }
    return out.toBytes();
  }
}
