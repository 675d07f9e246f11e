package dev.navarch.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Makes a document fit its schema: refuses wrong types, drops unknown fields, nulls and what Go
/// would not print, and writes quantities, times and bytes in their one canonical form. It says
/// what it found in the words that Kubernetes' users know.
public final class Decoder {
  private static final int MAX_UNKNOWN = 100;
  private static final String DUPLICATE = "duplicate field \"";

  /// A clean document, and the warnings to send along with the answer.
  public record Decoded(ObjectNode tree, List<String> warnings) {}

  private final List<String> unknown = new ArrayList<>();

  /// Complaints about keys that stand in a document more than once.
  private final Set<String> repeated;

  private Decoder(Set<String> repeated) {
    this.repeated = repeated;
  }

  /// Decodes the body of a request for an object of this kind.
  public static Decoded decode(Parsed parsed, Kind kind, FieldValidation mode) {
    try {
      return decode(parsed, kind.schema(), mode);
    } catch (ApiException e) {
      throw ApiException.badRequest(
          "%s in version \"%s\" cannot be handled as a %s: %s"
              .formatted(kind.kind(), kind.version(), kind.kind(), e.getMessage()));
    }
  }

  /// Decodes a body that is no served kind: Scale, Eviction, DeleteOptions… or the result of a
  /// patch.
  public static Decoded decode(Parsed parsed, Schema schema, FieldValidation mode) {
    Set<String> repeated = schema.structural() ? Set.of() : placed(parsed);
    Decoder decoder = new Decoder(repeated);
    JsonNode tree = decoder.value(parsed.tree(), schema, Path.ROOT, null);
    if (!(tree instanceof ObjectNode object)) {
      throw ApiException.badRequest("the document is no object");
    }
    return switch (mode) {
      case IGNORE -> new Decoded(object, List.of());
      case WARN -> new Decoded(object, joined(parsed.warnings(), repeated, decoder.unknown));
      case STRICT -> {
        List<String> errors = joined(parsed.errors(), repeated, decoder.unknown);
        if (!errors.isEmpty()) {
          throw ApiException.badRequest("strict decoding error: " + String.join(", ", errors));
        }
        yield new Decoded(object, List.of());
      }
    };
  }

  /// Cleans a tree that the server itself has made.
  public static ObjectNode clean(ObjectNode tree, Schema schema) {
    return decode(Parsed.of(tree), schema, FieldValidation.IGNORE).tree();
  }

  /// The one form in which a scalar of this schema is kept.
  public static JsonNode canonical(JsonNode scalar, Schema schema) {
    return new Decoder(Set.of()).value(scalar, schema, Path.ROOT, null);
  }

  /// What is said of keys by their place, and so takes its turn in the walk. What lies in unknown
  /// fields is not spoken of: the field is.
  private static Set<String> placed(Parsed parsed) {
    return parsed.errors().stream()
        .filter(complaint -> complaint.startsWith(DUPLICATE))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static List<String> joined(List<String> first, Set<String> placed, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.removeAll(placed);
    all.addAll(second);
    return List.copyOf(all);
  }

  private void noteRepeated(Path path) {
    if (!repeated.isEmpty()) {
      String complaint = DUPLICATE + path + "\"";
      if (repeated.contains(complaint)) {
        unknown.add(complaint);
      }
    }
  }

  /// The value as it is kept; `struct` is the type that holds the field at `path`.
  private JsonNode value(JsonNode node, Schema schema, Path path, @Nullable Schema struct) {
    if (schema.structural()) {
      return structural(node, schema, path);
    }
    return switch (schema.type()) {
      case ANY -> struct == null ? node : free(node, schema, struct);
      case OBJECT -> {
        if (!(node instanceof ObjectNode object)) {
          throw wrong(node, schema, path, struct);
        }
        Schema values = schema.values();
        yield values == null ? object(object, schema, path) : map(object, values, path, struct);
      }
      case ARRAY -> {
        Schema items = schema.items();
        if (!(node instanceof ArrayNode array) || items == null) {
          throw wrong(node, schema, path, struct);
        }
        yield list(array, items, path, struct);
      }
      case BOOLEAN -> {
        if (!node.isBoolean()) {
          throw wrong(node, schema, path, struct);
        }
        yield node;
      }
      case INTEGER -> {
        if (!fits(node, schema.format())) {
          throw wrong(node, schema, path, struct);
        }
        yield node;
      }
      case NUMBER -> {
        if (!node.isNumber()) {
          throw wrong(node, schema, path, struct);
        }
        yield node;
      }
      case STRING -> {
        if (!node.isString()) {
          throw wrong(node, schema, path, struct);
        }
        yield schema.format().equals("byte") ? Scalars.base64(node) : node;
      }
      case INT_OR_STRING -> Scalars.intOrString(node);
      case QUANTITY -> Scalars.quantity(node);
      case TIME -> Scalars.time(node);
      case MICRO_TIME -> Scalars.microTime(node);
      case DURATION -> Scalars.duration(node);
    };
  }

  /// A schema inside a schema may also be a boolean, a list or strings. Go reads it apart from the
  /// rest of the document, so that nobody hears of unknown fields in it.
  private static JsonNode free(JsonNode node, Schema schema, Schema holder) {
    ProtoLayouts.Free free = ProtoLayouts.Free.of(schema);
    return switch (free) {
      case RAW_JSON -> node;
      case OR_BOOL -> {
        if (!node.isObject() && !node.isBoolean()) {
          throw ApiException.badRequest("boolean or JSON schema expected");
        }
        yield node.isObject() ? apart(node, holder) : node;
      }
      case OR_ARRAY, OR_STRINGS -> {
        if (node.isObject()) {
          yield apart(node, holder);
        }
        if (!(node instanceof ArrayNode array)) {
          throw ApiException.badRequest("JSON schema or array expected");
        }
        ArrayNode list = Json.array();
        for (JsonNode item : array.values()) {
          list.add(free == ProtoLayouts.Free.OR_ARRAY ? apart(item, holder) : string(item));
        }
        yield list;
      }
    };
  }

  private static JsonNode apart(JsonNode node, Schema schema) {
    return node.isNull()
        ? Json.object()
        : new Decoder(Set.of()).value(node, schema, Path.ROOT, null);
  }

  private static JsonNode string(JsonNode node) {
    if (!node.isNull() && !node.isString()) {
      throw ApiException.badRequest(
          "json: cannot unmarshal %s into Go value of type string"
              .formatted(GoTypes.found(node, false)));
    }
    return Json.string(node.asString(""));
  }

  private ObjectNode object(ObjectNode object, Schema schema, Path path) {
    ObjectNode clean = Json.object();
    Map<String, Schema> fields = schema.fields();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      String name = entry.getKey();
      Schema field = fields.get(name);
      if (field == null) {
        if (unknown.size() < MAX_UNKNOWN) {
          unknown.add("unknown field \"" + path.field(name) + "\"");
        }
        continue;
      }
      Path at = path.field(name);
      noteRepeated(at);
      if (!entry.getValue().isNull()) {
        JsonNode value = value(entry.getValue(), field, at, schema);
        if (!(field.omitEmpty() && GoFields.isEmpty(value))) {
          clean.set(name, value);
        }
      }
    }
    return clean;
  }

  /// Drops what nobody declared, and nothing else.
  private JsonNode structural(JsonNode node, Schema schema, Path path) {
    if (schema.type() == Schema.Type.ANY) {
      return node;
    }
    return switch (node) {
      case ObjectNode object -> structuralObject(object, schema, path);
      case ArrayNode array -> {
        Schema items = schema.items();
        if (items == null && schema.preservesUnknown()) {
          yield array;
        }
        ArrayNode kept = Json.array();
        for (JsonNode item : array.values()) {
          kept.add(
              structural(
                  item,
                  items == null ? StructuralSchema.NOTHING : items,
                  path.element(kept.size())));
        }
        yield kept;
      }
      default -> node;
    };
  }

  private ObjectNode structuralObject(ObjectNode object, Schema schema, Path path) {
    ObjectNode kept = Json.object();
    Schema values = schema.values();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      String name = entry.getKey();
      JsonNode value = entry.getValue();
      Schema field = schema.fields().getOrDefault(name, values);
      if (field != null && field.structural()) {
        kept.set(name, structural(value, field, path.field(name)));
      } else if (field != null) {
        if (!value.isNull()) {
          kept.set(name, value(value, field, path.field(name), null));
        }
      } else if (schema.preservesUnknown()) {
        kept.set(name, value);
      } else if (unknown.size() < MAX_UNKNOWN) {
        unknown.add("unknown field \"" + path.field(name) + "\"");
      }
    }
    return kept;
  }

  private ObjectNode map(ObjectNode object, Schema values, Path path, @Nullable Schema struct) {
    ObjectNode clean = Json.object();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      JsonNode value = entry.getValue();
      Path at = path.key(entry.getKey());
      noteRepeated(at);
      JsonNode kept = value.isNull() ? zero(value, values) : value(value, values, at, struct);
      if (kept != null) {
        clean.set(entry.getKey(), kept);
      }
    }
    return clean;
  }

  private ArrayNode list(ArrayNode array, Schema items, Path path, @Nullable Schema struct) {
    ArrayNode clean = Json.array();
    for (JsonNode item : array.values()) {
      JsonNode kept =
          item.isNull()
              ? zero(item, items)
              : value(item, items, path.element(clean.size()), struct);
      if (kept != null) {
        clean.add(kept);
      }
    }
    return clean;
  }

  /// What Go makes of a null inside a list or a map.
  static @Nullable JsonNode zero(JsonNode none, Schema schema) {
    return switch (schema.type()) {
      case STRING -> Json.string("");
      case INTEGER, NUMBER, INT_OR_STRING -> Json.number(0);
      case BOOLEAN -> Json.bool(false);
      case OBJECT -> Json.object();
      case QUANTITY -> Json.string("0");
      case ANY -> none;
      case ARRAY, TIME, MICRO_TIME, DURATION -> null;
    };
  }

  private static boolean fits(JsonNode node, String format) {
    return node.isIntegralNumber()
        && (format.equals("int32") ? node.canConvertToInt() : node.canConvertToLong());
  }

  private static ApiException wrong(
      JsonNode node, Schema schema, Path path, @Nullable Schema struct) {
    String what = GoTypes.found(node, schema.type() == Schema.Type.INTEGER);
    String type = GoTypes.name(schema);
    String holder = struct == null ? "" : GoTypes.struct(struct);
    String place = path.fields();
    return ApiException.badRequest(
        holder.isEmpty() || place.isEmpty()
            ? "json: cannot unmarshal %s into Go value of type %s".formatted(what, type)
            : "json: cannot unmarshal %s into Go struct field %s.%s of type %s"
                .formatted(what, holder, place, type));
  }
}
