package dev.navarch.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Protobuf messages to document trees. Go writes every field that is no pointer, also when it is
/// empty; what JSON would leave out is left out here too.
final class ProtoDecoder {
  /// From the beginning of the year 1 to the end of the year 9999.
  private static final long FIRST_SECOND = -62_135_596_800L;

  private static final long LAST_SECOND = 253_402_300_799L;
  private static final int NANOS = 1_000_000_000;

  /// What an envelope inside an envelope counts for: each takes a copy of all that is in it.
  private static final int ENVELOPE_DEPTH = Json.MAX_DEPTH / 3;

  private final ProtoLayouts layouts;
  private final Protobuf nested;

  ProtoDecoder(ProtoLayouts layouts, Protobuf nested) {
    this.layouts = layouts;
    this.nested = nested;
  }

  /// @param depth of the message in the whole document
  void message(ProtoReader in, Schema schema, ObjectNode into, int depth) {
    if (depth > Json.MAX_DEPTH) {
      throw ProtoReader.malformed("exceeded max depth of " + Json.MAX_DEPTH);
    }
    ProtoLayouts.Layout layout = layouts.of(schema);
    Schema.Embedded embedded = layout.embedded();
    for (int number = in.next(); number != 0; number = in.next()) {
      ProtoLayouts.Field field = layout.byNumber().get(number);
      if (embedded != null && embedded.number() == number) {
        message(in.message(), embedded.schema(), into, depth + 1);
      } else if (field == null) {
        in.skip();
      } else {
        field(in, field, into, depth + 1);
      }
    }
  }

  private void field(ProtoReader in, ProtoLayouts.Field field, ObjectNode into, int depth) {
    Schema schema = field.schema();
    Schema items = schema.items();
    Schema values = schema.values();
    if (ProtoLayouts.isWrappedList(schema, field.element())) {
      set(into, field, value(in, schema, field.element(), depth));
    } else if (items != null) {
      list(in, items, field, into, depth);
    } else if (values != null) {
      pair(in.message(), values, field, into, depth);
    } else {
      set(into, field, value(in, schema, field.element(), depth));
    }
  }

  private static void set(ObjectNode into, ProtoLayouts.Field field, @Nullable JsonNode value) {
    if (value != null && !(field.schema().omitEmpty() && GoFields.isEmpty(value))) {
      into.set(field.name(), value);
    }
  }

  private void list(
      ProtoReader in, Schema items, ProtoLayouts.Field field, ObjectNode into, int depth) {
    ArrayNode list = into.withArrayProperty(field.name());
    if (items.type() == Schema.Type.INTEGER && in.isBytes()) {
      ProtoReader packed = in.message();
      while (!packed.isAtEnd()) {
        list.add(packed.rawVarint());
      }
      return;
    }
    JsonNode item = value(in, items, field.element(), depth);
    if (item != null) {
      list.add(item);
    }
  }

  private void pair(
      ProtoReader in, Schema values, ProtoLayouts.Field field, ObjectNode into, int depth) {
    String key = "";
    JsonNode value = null;
    for (int number = in.next(); number != 0; number = in.next()) {
      switch (number) {
        case 1 -> key = in.string();
        case 2 -> value = value(in, values, field.element(), depth);
        default -> in.skip();
      }
    }
    JsonNode kept = value == null ? Decoder.zero(Json.nothing(), values) : value;
    if (kept != null) {
      into.withObjectProperty(field.name()).set(key, kept);
    }
  }

  private @Nullable JsonNode value(ProtoReader in, Schema schema, String type, int depth) {
    return switch (schema.type()) {
      case BOOLEAN -> Json.bool(in.varint() != 0);
      case INTEGER -> Json.number(schema.format().equals("int32") ? in.int32() : in.varint());
      case NUMBER -> Json.number(Double.longBitsToDouble(in.fixed64()));
      case STRING ->
          Json.string(
              type.equals("bytes") ? Base64.getEncoder().encodeToString(in.bytes()) : in.string());
      case OBJECT -> {
        ObjectNode object = Json.object();
        message(in.message(), schema, object, depth);
        yield object;
      }
      case ARRAY -> {
        ArrayNode list = Json.array();
        ProtoReader wrapped = in.message();
        while (wrapped.next() != 0) {
          list.add(wrapped.string());
        }
        yield list;
      }
      case QUANTITY -> quantity(in.message());
      case INT_OR_STRING -> intOrString(in.message());
      case TIME -> {
        Instant instant = instant(in.message());
        yield instant == null ? null : Json.string(Scalars.time(instant));
      }
      case MICRO_TIME -> {
        Instant instant = instant(in.message());
        yield instant == null ? null : Json.string(Scalars.microTime(instant));
      }
      case DURATION -> duration(in.message());
      case ANY -> any(in.message(), schema, depth);
    };
  }

  private static JsonNode quantity(ProtoReader in) {
    String text = "0";
    for (int number = in.next(); number != 0; number = in.next()) {
      if (number == 1) {
        text = in.string();
      } else {
        in.skip();
      }
    }
    return Scalars.quantity(Json.string(text));
  }

  private static JsonNode intOrString(ProtoReader in) {
    long type = 0;
    int number = 0;
    String text = "";
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case 1 -> type = in.varint();
        case 2 -> number = in.int32();
        case 3 -> text = in.string();
        default -> in.skip();
      }
    }
    return type == 1 ? Json.string(text) : Json.number(number);
  }

  /// An empty message is Go's zero time, which JSON does not print; a second 0 is that of 1970.
  private static @Nullable Instant instant(ProtoReader in) {
    if (in.isAtEnd()) {
      return null;
    }
    long seconds = 0;
    int nanos = 0;
    for (int number = in.next(); number != 0; number = in.next()) {
      switch (number) {
        case 1 -> seconds = in.varint();
        case 2 -> nanos = in.int32();
        default -> in.skip();
      }
    }
    if (seconds < FIRST_SECOND || seconds > LAST_SECOND || nanos < 0 || nanos >= NANOS) {
      throw ProtoReader.malformed("no time: " + seconds + " seconds");
    }
    return Instant.ofEpochSecond(seconds, nanos);
  }

  private static JsonNode duration(ProtoReader in) {
    long nanos = 0;
    for (int number = in.next(); number != 0; number = in.next()) {
      if (number == 1) {
        nanos = in.varint();
      } else {
        in.skip();
      }
    }
    return Json.string(GoDuration.format(Duration.ofNanos(nanos)));
  }

  private @Nullable JsonNode any(ProtoReader in, Schema schema, int depth) {
    return switch (ProtoLayouts.Free.of(schema)) {
      case RAW_JSON -> rawJson(in, depth);
      case OR_BOOL -> orBool(in, depth);
      case OR_ARRAY -> orList(in, depth, false);
      case OR_STRINGS -> orList(in, depth, true);
    };
  }

  private @Nullable JsonNode rawJson(ProtoReader in, int depth) {
    byte[] raw = {};
    for (int number = in.next(); number != 0; number = in.next()) {
      if (number == 1) {
        raw = in.bytes();
      } else {
        in.skip();
      }
    }
    if (raw.length == 0) {
      return null;
    }
    return Protobuf.isEnvelope(raw)
        ? nested.decodeNested(raw, depth + ENVELOPE_DEPTH)
        : Json.parseAny(raw, depth);
  }

  private JsonNode orBool(ProtoReader in, int depth) {
    JsonNode value = Json.bool(false);
    for (int number = in.next(); number != 0; number = in.next()) {
      switch (number) {
        case 1 -> {
          boolean allows = in.varint() != 0;
          value = value.isObject() ? value : Json.bool(allows);
        }
        case 2 -> value = props(in, depth);
        default -> in.skip();
      }
    }
    return value;
  }

  private JsonNode orList(ProtoReader in, int depth, boolean strings) {
    ArrayNode list = Json.array();
    JsonNode single = null;
    for (int number = in.next(); number != 0; number = in.next()) {
      switch (number) {
        case 1 -> single = props(in, depth);
        case 2 -> list.add(strings ? Json.string(in.string()) : props(in, depth));
        default -> in.skip();
      }
    }
    return single == null ? list : single;
  }

  private ObjectNode props(ProtoReader in, int depth) {
    ObjectNode props = Json.object();
    message(in.message(), layouts.jsonSchemaProps(), props, depth + 1);
    return props;
  }
}
