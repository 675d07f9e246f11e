package dev.navarch.api.apply;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Decoder;
import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The part of an object that somebody wants to be as it says. It is checked against the schema,
/// and its scalars are canonical; fields that are null or empty stay, because naming them is owning
/// them.
public record AppliedConfiguration(ObjectNode tree) {

  /// @throws ApiException naming every field that the schema does not know or that has a wrong
  ///   type, in upstream's words
  public static AppliedConfiguration of(ObjectNode sent, @Nullable Schema schema) {
    List<String> errors = new ArrayList<>();
    JsonNode tree = checked(sent, schema, "", errors);
    if (!errors.isEmpty()) {
      throw new ApiException(
          new ApiError.Untyped(
              "failed to create typed patch object (%s): %s"
                  .formatted(
                      described(sent),
                      errors.size() == 1
                          ? errors.getFirst()
                          : "errors:\n  " + String.join("\n  ", errors))));
    }
    return new AppliedConfiguration((ObjectNode) tree);
  }

  /// `default/web; apps/v1, Kind=Deployment`
  private static String described(ObjectNode object) {
    JsonNode metadata = object.path("metadata");
    return "%s/%s; %s, Kind=%s"
        .formatted(
            metadata.path("namespace").asString(""),
            metadata.path("name").asString(""),
            object.path("apiVersion").asString(""),
            object.path("kind").asString(""));
  }

  private static JsonNode checked(
      JsonNode value, @Nullable Schema schema, String path, List<String> errors) {
    if (value.isNull() || schema == null || Form.isDeduced(schema)) {
      return value.deepCopy();
    }
    return switch (schema.type()) {
      case ANY -> value.deepCopy();
      case OBJECT -> {
        if (!value.isObject()) {
          errors.add(at(path) + "expected map, got &{" + goText(value) + "}");
          yield value;
        }
        yield fields(value, schema, path, errors);
      }
      case ARRAY -> {
        if (!value.isArray()) {
          errors.add(at(path) + "expected list, got &{" + goText(value) + "}");
          yield value;
        }
        yield items(value, schema, path, errors);
      }
      case STRING, TIME, MICRO_TIME, DURATION ->
          scalar(
              value,
              schema,
              value.isString(),
              at(path)
                  + "expected string, got &value.valueUnstructured{Value:"
                  + goText(value)
                  + "}",
              errors);
      case INTEGER, NUMBER ->
          scalar(
              value,
              schema,
              value.isNumber(),
              at(path) + "expected numeric (int or float), got " + goType(value),
              errors);
      case BOOLEAN ->
          scalar(
              value,
              schema,
              value.isBoolean(),
              at(path) + "expected boolean, got " + goType(value),
              errors);
      case INT_OR_STRING, QUANTITY ->
          scalar(
              value,
              schema,
              !value.isContainer(),
              at(path) + "expected any scalar, got &{" + goText(value) + "}",
              errors);
    };
  }

  private static ObjectNode fields(
      JsonNode value, Schema schema, String path, List<String> errors) {
    ObjectNode checked = Json.object();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      String name = entry.getKey();
      String place = path + "." + name;
      Schema of = Form.entry(schema, name);
      if (of == null && !schema.preservesUnknown()) {
        errors.add(place + ": field not declared in schema");
      } else {
        checked.set(name, checked(entry.getValue(), of, place, errors));
      }
    }
    return checked;
  }

  private static JsonNode items(JsonNode value, Schema schema, String path, List<String> errors) {
    Form form = Form.of(schema, value);
    var checked = Json.array();
    Set<String> seen = new HashSet<>();
    int index = 0;
    for (JsonNode item : value.values()) {
      String place = path + "[" + index + "]";
      if (form != Form.LEAF) {
        try {
          String element = form.element(item, schema);
          place = path + PathElements.shown(element);
          if (!seen.add(element)) {
            errors.add(at(path) + "duplicate entries for key " + PathElements.shown(element));
          }
        } catch (UntypedException e) {
          errors.add(at(path) + "element " + index + ": " + e.getMessage());
        }
      }
      checked.add(checked(item, schema.items(), place, errors));
      index++;
    }
    return checked;
  }

  private static JsonNode scalar(
      JsonNode value, Schema schema, boolean fits, String error, List<String> errors) {
    if (!fits) {
      errors.add(error);
      return value;
    }
    return Decoder.canonical(value, schema);
  }

  private static String at(String path) {
    return path.isEmpty() ? "" : path + ": ";
  }

  private static String goType(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> "map[string]interface {}";
      case ARRAY -> "[]interface {}";
      case STRING -> "string";
      case BOOLEAN -> "bool";
      case NUMBER -> value.isIntegralNumber() ? "int64" : "float64";
      default -> "<nil>";
    };
  }

  /// A value as Go prints it.
  private static String goText(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT ->
          value.properties().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(entry -> entry.getKey() + ":" + goText(entry.getValue()))
              .collect(java.util.stream.Collectors.joining(" ", "map[", "]"));
      case ARRAY ->
          value
              .valueStream()
              .map(AppliedConfiguration::goText)
              .collect(java.util.stream.Collectors.joining(" ", "[", "]"));
      case NULL -> "<nil>";
      default -> value.asString();
    };
  }
}
