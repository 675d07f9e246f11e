package dev.navarch.api;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NumericNode;
import tools.jackson.databind.node.ObjectNode;

/// Bytes to document trees and back. Strict: one document, no comments, at most {@link #MAX_DEPTH}
/// levels. Whole numbers are longs, and a number that fits neither long nor double keeps its
/// digits, unless no double comes near it; what is written equals what Go would write.
public final class Json {
  /// Ten times what any object has that people use. Upstream's decoders take ten thousand; but what
  /// is printed for people grows with the square of it, 200 MB there, and whatever walks a document
  /// calls itself for every level: threads have the stack for that (`-Xss16m`).
  public static final int MAX_DEPTH = 1_000;

  private static final int MAX_DUPLICATES = 100;

  /// Of a number that keeps its digits: it takes time that grows faster than their count.
  static final int MAX_DIGITS = 1_000;

  private static final BigDecimal PLAIN_BELOW = new BigDecimal("1e21");
  private static final BigDecimal PLAIN_FROM = new BigDecimal("1e-6");
  private static final JsonNodeFactory NODES = new WholeNumbersAreLongs();

  /// What the server adds lies deeper: `managedFields` repeat an object's fields a few levels down.
  public static final int OWN_DEPTH = MAX_DEPTH + 50;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamWriteConstraints(
              StreamWriteConstraints.builder().maxNestingDepth(OWN_DEPTH).build())
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(OWN_DEPTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(1_000_000)
                  .build())
          .build();

  private static final DefaultIndenter INDENTER = new DefaultIndenter("  ", "\n");

  private static final DefaultPrettyPrinter PRETTY =
      new DefaultPrettyPrinter(
              Separators.createDefaultInstance()
                  .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                  .withObjectEmptySeparator("")
                  .withArrayEmptySeparator(""))
          .withObjectIndenter(INDENTER)
          .withArrayIndenter(INDENTER);

  private static final ObjectWriteContext INDENTED =
      new ObjectWriteContext.Base() {
        @Override
        public DefaultPrettyPrinter getPrettyPrinter() {
          return PRETTY.createInstance();
        }

        @Override
        public boolean hasPrettyPrinter() {
          return true;
        }
      };

  private Json() {}

  public static ObjectNode object() {
    return NODES.objectNode();
  }

  public static ArrayNode array() {
    return NODES.arrayNode();
  }

  static JsonNode string(String text) {
    return NODES.stringNode(text);
  }

  static JsonNode number(long number) {
    return NODES.numberNode(number);
  }

  static JsonNode number(double number) {
    if (!Double.isFinite(number)) {
      throw ApiException.badRequest("json: unsupported value: " + number);
    }
    return number == Math.rint(number) && Math.abs(number) < 1L << 53
        ? NODES.numberNode((long) number)
        : NODES.numberNode(number);
  }

  static JsonNode nothing() {
    return NODES.nullNode();
  }

  static JsonNode bool(boolean value) {
    return NODES.booleanNode(value);
  }

  /// Reads an object that comes from ourselves, and is silent about repeated keys.
  public static ObjectNode parse(byte[] bytes) {
    return read(bytes, OWN_DEPTH).tree();
  }

  /// Reads an object, and notes repeated keys.
  public static Parsed read(byte[] bytes) {
    return read(bytes, MAX_DEPTH);
  }

  private static Parsed read(byte[] bytes, int most) {
    Reading reading = new Reading(most);
    if (reading.document(bytes) instanceof ObjectNode tree) {
      return new Parsed(tree, reading.duplicates, reading.duplicates);
    }
    throw ApiException.badRequest(
        "couldn't get version/kind; json parse error: the document is no JSON object");
  }

  /// Reads any JSON value.
  public static JsonNode parseAny(byte[] bytes) {
    return new Reading(MAX_DEPTH).document(bytes);
  }

  /// Reads a JSON value that stands at a depth of another document.
  static JsonNode parseAny(byte[] bytes, int depth) {
    JsonNode value = parseAny(bytes);
    if (depth(value) + depth > MAX_DEPTH) {
      throw ApiException.badRequest("json parse error: exceeded max depth: " + MAX_DEPTH);
    }
    return value;
  }

  /// How many objects and lists enclose the innermost one, itself counted.
  public static int depth(JsonNode value) {
    int depth = 0;
    for (List<JsonNode> level = List.of(value); !level.isEmpty(); depth++) {
      level = level.stream().filter(JsonNode::isContainer).flatMap(JsonNode::valueStream).toList();
    }
    return depth;
  }

  public static byte[] bytes(JsonNode tree) {
    return bytes(tree, ObjectWriteContext.empty());
  }

  private static byte[] bytes(JsonNode tree, ObjectWriteContext context) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    try (JsonGenerator generator = FACTORY.createGenerator(context, out)) {
      write(tree, generator);
    }
    return out.toByteArray();
  }

  /// Indented, for people.
  public static byte[] prettyBytes(JsonNode tree) {
    return bytes(tree, INDENTED);
  }

  public static String text(JsonNode tree) {
    return new String(bytes(tree), StandardCharsets.UTF_8);
  }

  private static void write(JsonNode node, JsonGenerator out) {
    switch (node.getNodeType()) {
      case OBJECT -> {
        out.writeStartObject();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
          out.writeName(field.getKey());
          write(field.getValue(), out);
        }
        out.writeEndObject();
      }
      case ARRAY -> {
        out.writeStartArray();
        for (JsonNode item : node.values()) {
          write(item, out);
        }
        out.writeEndArray();
      }
      case STRING -> out.writeString(node.stringValue());
      case BOOLEAN -> out.writeBoolean(node.booleanValue());
      case NUMBER -> {
        if (node.isIntegralNumber() && node.canConvertToLong()) {
          out.writeNumber(node.longValue());
        } else if (node.isIntegralNumber()) {
          out.writeNumber(node.asString());
        } else {
          out.writeNumber(decimal(node.decimalValue()));
        }
      }
      case NULL, MISSING -> out.writeNull();
      case BINARY, POJO ->
          throw new IllegalArgumentException("no JSON value: " + node.getNodeType());
    }
  }

  /// The shortest form, with an exponent only for the very large and very small.
  static String decimal(BigDecimal value) {
    BigDecimal number = value.stripTrailingZeros();
    if (number.signum() == 0) {
      return "0";
    }
    BigDecimal size = number.abs();
    if (size.compareTo(PLAIN_BELOW) < 0 && size.compareTo(PLAIN_FROM) >= 0) {
      return number.toPlainString();
    }
    String digits = number.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - number.scale();
    return (number.signum() < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  /// A number that is not written as a whole one: a double when that loses nothing. What is too
  /// small for a double is nothing, as in Go; what is too large is empty.
  static Optional<JsonNode> decimalNode(String digits) {
    double rounded = Double.parseDouble(digits);
    if (!Double.isFinite(rounded)) {
      return Optional.empty();
    }
    if (rounded == 0 || digits.length() > MAX_DIGITS) {
      return Optional.of(NODES.numberNode(rounded));
    }
    BigDecimal value = new BigDecimal(digits);
    return Optional.of(
        BigDecimal.valueOf(rounded).compareTo(value) == 0
            ? NODES.numberNode(rounded)
            : NODES.numberNode(value));
  }

  /// One pass over one document.
  private static final class Reading {
    private final List<String> duplicates = new ArrayList<>();
    private final int most;
    private int depth;

    Reading(int most) {
      this.most = most;
    }

    JsonNode document(byte[] bytes) {
      try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bytes)) {
        if (parser.nextToken() == null) {
          throw ApiException.badRequest("unexpected end of JSON input");
        }
        JsonNode root = value(parser);
        if (parser.nextToken() != null) {
          throw ApiException.badRequest("json parse error: more follows after the document");
        }
        return root;
      } catch (StreamConstraintsException e) {
        throw ApiException.badRequest(
            "json parse error: exceeded max depth: " + e.getOriginalMessage());
      } catch (JacksonException e) {
        throw ApiException.badRequest(
            "couldn't get version/kind; json parse error: " + e.getOriginalMessage());
      }
    }

    private JsonNode value(JsonParser parser) {
      return switch (parser.currentToken()) {
        case START_OBJECT -> object(parser);
        case START_ARRAY -> array(parser);
        case VALUE_STRING -> NODES.stringNode(parser.getString());
        case VALUE_NUMBER_INT ->
            switch (parser.getNumberType()) {
              case INT, LONG -> NODES.numberNode(parser.getLongValue());
              default -> NODES.numberNode(parser.getBigIntegerValue());
            };
        case VALUE_NUMBER_FLOAT -> {
          String digits = parser.getString();
          yield decimalNode(digits)
              .orElseThrow(
                  () ->
                      ApiException.badRequest(
                          "json: cannot unmarshal number %s into Go value of type float64"
                              .formatted(digits)));
        }
        case VALUE_TRUE -> NODES.booleanNode(true);
        case VALUE_FALSE -> NODES.booleanNode(false);
        case VALUE_NULL -> NODES.nullNode();
        case END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
            throw ApiException.badRequest("json parse error: unexpected " + parser.currentToken());
      };
    }

    private void enter() {
      if (++depth > most) {
        throw ApiException.badRequest("json parse error: exceeded max depth: " + most);
      }
    }

    private ObjectNode object(JsonParser parser) {
      enter();
      ObjectNode object = NODES.objectNode();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        if (object.replace(name, value(parser)) != null && duplicates.size() < MAX_DUPLICATES) {
          duplicates.add("duplicate field \"" + path(parser.streamReadContext()) + "\"");
        }
      }
      depth--;
      return object;
    }

    private ArrayNode array(JsonParser parser) {
      enter();
      ArrayNode array = NODES.arrayNode();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        array.add(value(parser));
      }
      depth--;
      return array;
    }

    private static Path path(@Nullable TokenStreamContext place) {
      if (place == null || place.inRoot()) {
        return Path.ROOT;
      }
      Path parent = path(place.getParent());
      return place.inArray()
          ? parent.element(place.getCurrentIndex())
          : parent.field(place.currentName());
    }
  }

  /// Makes `put("a", 1)` equal to a parsed 1: trees are compared to find out whether anything
  /// changed.
  private static final class WholeNumbersAreLongs extends JsonNodeFactory {
    @Override
    public NumericNode numberNode(int value) {
      return numberNode((long) value);
    }
  }
}
