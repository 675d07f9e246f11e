package dev.navarch.apiserver.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import dev.navarch.api.Json;
import dev.navarch.apiserver.cel.DeclaredType.ListKind;
import dev.navarch.apiserver.cel.DeclaredType.ListOf;
import dev.navarch.apiserver.cel.DeclaredType.MapOf;
import dev.navarch.apiserver.cel.DeclaredType.ObjectOf;
import dev.navarch.apiserver.cel.DeclaredType.Scalar;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Nodes of a document as values of CEL, and values as nodes. Objects and lists are views: nothing
/// is copied that no expression looks at.
public final class Documents {
  private static final ListOf ANY_LIST =
      new ListOf(DeclaredType.DYN, DeclaredType.MAX_REQUEST_BYTES, ListKind.ATOMIC, List.of());

  private Documents() {}

  public static Object value(JsonNode node, DeclaredType type) {
    if (node.isNull() || node.isMissingNode()) {
      return NullValue.NULL_VALUE;
    }
    return switch (type) {
      case ObjectOf object when node instanceof ObjectNode tree -> new DocumentObject(tree, object);
      case MapOf map when node instanceof ObjectNode tree -> new DocumentMap(tree, map.value());
      case ListOf list when node instanceof ArrayNode tree -> new DocumentList(tree, list);
      case Scalar scalar -> scalar(node, scalar);
      case ObjectOf _, MapOf _, ListOf _ -> throw mismatch(node, type);
    };
  }

  private static Object scalar(JsonNode node, Scalar type) {
    boolean fits =
        switch (type.cel().kind()) {
          case BOOL -> node.isBoolean();
          case INT, DOUBLE -> node.isNumber();
          case STRING, BYTES, TIMESTAMP, DURATION -> node.isString();
          default -> true;
        };
    if (!fits) {
      throw mismatch(node, type);
    }
    return switch (type.cel().kind()) {
      case BOOL -> node.booleanValue();
      case INT -> node.asLong(0);
      case DOUBLE -> node.doubleValue();
      case STRING -> node.stringValue();
      case BYTES -> bytes(node.stringValue());
      case TIMESTAMP -> Times.timestamp(node.stringValue());
      case DURATION -> Times.duration(node.stringValue());
      default -> untyped(node);
    };
  }

  private static Object untyped(JsonNode node) {
    return switch (node) {
      case ObjectNode tree -> new DocumentMap(tree, DeclaredType.DYN);
      case ArrayNode tree -> new DocumentList(tree, ANY_LIST);
      default ->
          node.isString()
              ? node.stringValue()
              : node.isBoolean()
                  ? (Object) node.booleanValue()
                  : node.isIntegralNumber() ? (Object) node.asLong(0) : (Object) node.doubleValue();
    };
  }

  private static Object bytes(String text) {
    try {
      return CelByteString.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new EvaluationFailed("illegal base64 data: " + e.getMessage());
    }
  }

  private static EvaluationFailed mismatch(JsonNode node, DeclaredType type) {
    String expected =
        type instanceof Scalar(var cel, _, _) ? cel.name() : type.getClass().getSimpleName();
    return new EvaluationFailed(
        "invalid data, expected a value of type %s but found %s"
            .formatted(expected, Json.text(node)));
  }

  /// The document that a value stands for.
  ///
  /// @throws EvaluationFailed for what JSON has no form for
  public static JsonNode node(Object value) {
    ArrayNode holder = Json.array();
    switch (value) {
      case NullValue _ -> holder.addNull();
      case Boolean bool -> holder.add(bool);
      case Long number -> holder.add(number);
      case UnsignedLong number -> holder.add(number.bigIntegerValue());
      case Double number -> holder.add(number);
      case String text -> holder.add(text);
      case CelByteString bytes ->
          holder.add(Base64.getEncoder().encodeToString(bytes.toByteArray()));
      case Instant time -> holder.add(time.toString());
      case Duration time -> holder.add(Times.text(time));
      case DocumentList list -> holder.add(list.node());
      case DocumentMap map -> holder.add(map.node());
      case DocumentObject object -> holder.add(object.node());
      case List<?> list -> {
        ArrayNode array = holder.addArray();
        list.forEach(element -> array.add(node(element)));
      }
      case Map<?, ?> map -> {
        ObjectNode object = holder.addObject();
        map.forEach((key, of) -> object.set(Conversions.text(key), node(of)));
      }
      case Fields fields -> {
        ObjectNode object = holder.addObject();
        for (String name : fields.present()) {
          fields.field(name).ifPresent(of -> object.set(name, node(of)));
        }
      }
      case Optional<?> optional ->
          holder.add(optional.isEmpty() ? holder.nullNode() : node(optional.get()));
      default ->
          throw new EvaluationFailed(
              "unsupported conversion of " + Values.typeName(value) + " to JSON");
    }
    return holder.get(0);
  }
}
