package dev.navarch.apiserver.custom;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Judges a document by the OpenAPI schema of a custom resource, in the words that users of
/// Kubernetes know. What an update leaves as it was is not judged again: a schema that became
/// stricter does not lock up the objects that are there.
final class SchemaValidation {
  private final JsonNode schema;
  private final Map<String, Pattern> patterns = new ConcurrentHashMap<>();

  /// @param schema OpenAPI version 3
  SchemaValidation(JsonNode schema) {
    this.schema = schema;
  }

  /// @param old what the value was before an update; null for a new one
  List<FieldError> check(JsonNode value, @Nullable JsonNode old, String path) {
    return check(value, old, schema, path);
  }

  private List<FieldError> check(JsonNode value, @Nullable JsonNode old, JsonNode of, String path) {
    if (value.equals(old)) {
      return List.of();
    }
    List<FieldError> errors = new ArrayList<>();
    if (!isOfType(value, of, path, errors)) {
      enumeration(value, of, path, errors);
      return errors;
    }
    junctors(value, of, path, errors);
    switch (value.getNodeType()) {
      case STRING -> string(value, of, path, errors);
      case NUMBER -> number(value, of, path, errors);
      case ARRAY -> array(value, old, of, path, errors);
      case OBJECT -> object(value, old, of, path, errors);
      case BOOLEAN, NULL, MISSING, BINARY, POJO -> {}
    }
    enumeration(value, of, path, errors);
    return errors;
  }

  private static boolean isOfType(
      JsonNode value, JsonNode of, String path, List<FieldError> errors) {
    boolean either = of.path("x-kubernetes-int-or-string").asBoolean(false);
    String wanted = either ? "integer,string" : of.path("type").asString("");
    if (wanted.isEmpty() || (value.isNull() && of.path("nullable").asBoolean(false))) {
      return !value.isNull();
    }
    String found = typeOf(value);
    boolean fits =
        wanted.equals(found)
            || (either && (found.equals("integer") || found.equals("string")))
            || (wanted.equals("number") && found.equals("integer"));
    if (!fits) {
      errors.add(
          new FieldError(
              FieldError.Type.TYPE_INVALID,
              path,
              quoted(found),
              "%s in body must be of type %s: %s".formatted(path, wanted, quoted(found))));
    }
    return fits && !value.isNull();
  }

  private static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> "object";
      case ARRAY -> "array";
      case STRING -> "string";
      case BOOLEAN -> "boolean";
      case NUMBER -> value.decimalValue().stripTrailingZeros().scale() <= 0 ? "integer" : "number";
      case NULL, MISSING, BINARY, POJO -> "null";
    };
  }

  private void string(JsonNode value, JsonNode of, String path, List<FieldError> errors) {
    String text = value.stringValue();
    int length = text.codePointCount(0, text.length());
    if (of.has("maxLength") && length > of.path("maxLength").asLong(0)) {
      errors.add(
          new FieldError(
              FieldError.Type.TOO_LONG,
              path,
              "",
              "may not be more than %d bytes".formatted(of.path("maxLength").asLong(0))));
    }
    if (length < of.path("minLength").asLong(0)) {
      errors.add(
          invalid(
              path,
              value,
              "should be at least %d chars long".formatted(of.path("minLength").asLong(0))));
    }
    String pattern = of.path("pattern").asString("");
    if (!pattern.isEmpty()) {
      try {
        if (!patterns.computeIfAbsent(pattern, Pattern::compile).matcher(text).find()) {
          errors.add(invalid(path, value, "should match '" + pattern + "'"));
        }
      } catch (PatternSyntaxException e) {
        String why = pattern + ", but pattern is invalid: " + e.getMessage();
        errors.add(invalid(path, value, "should match '" + why + "'"));
      }
    }
    String format = of.path("format").asString("");
    if (!Formats.fits(format, text)) {
      errors.add(invalid(path, value, "must be of type " + format + ": " + quoted(text)));
    }
  }

  private static void number(JsonNode value, JsonNode of, String path, List<FieldError> errors) {
    if (of.has("maximum")) {
      int order = value.decimalValue().compareTo(of.path("maximum").decimalValue());
      boolean exclusive = of.path("exclusiveMaximum").asBoolean(false);
      if (order > 0 || (exclusive && order == 0)) {
        String bound = exclusive ? "should be less than " : "should be less than or equal to ";
        errors.add(invalid(path, value, bound + Json.text(of.path("maximum"))));
      }
    }
    if (of.has("minimum")) {
      int order = value.decimalValue().compareTo(of.path("minimum").decimalValue());
      boolean exclusive = of.path("exclusiveMinimum").asBoolean(false);
      if (order < 0 || (exclusive && order == 0)) {
        String bound =
            exclusive ? "should be greater than " : "should be greater than or equal to ";
        errors.add(invalid(path, value, bound + Json.text(of.path("minimum"))));
      }
    }
    JsonNode step = of.path("multipleOf");
    if (step.isNumber()
        && step.decimalValue().signum() != 0
        && value.decimalValue().remainder(step.decimalValue()).signum() != 0) {
      errors.add(invalid(path, value, "should be a multiple of " + Json.text(step)));
    }
  }

  private void array(
      JsonNode value, @Nullable JsonNode old, JsonNode of, String path, List<FieldError> errors) {
    JsonNode items = of.path("items");
    for (int i = 0; items.isObject() && i < value.size(); i++) {
      JsonNode before = Correlation.element(value.get(i), old, of);
      errors.addAll(check(value.get(i), before, items, path + "[" + i + "]"));
    }
    atLeast(value, of, "minItems", "items", path, errors);
    atMost(value, of, "maxItems", path, errors);
  }

  private void object(
      JsonNode value, @Nullable JsonNode old, JsonNode of, String path, List<FieldError> errors) {
    for (JsonNode required : of.path("required")) {
      if (!value.has(required.asString(""))) {
        errors.add(FieldError.required(child(path, required.asString("")), ""));
      }
    }
    JsonNode properties = of.path("properties");
    JsonNode values = of.path("additionalProperties");
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      JsonNode declared = properties.path(field.getKey());
      JsonNode schemaOfField = declared.isObject() ? declared : values;
      if (schemaOfField.isObject()) {
        JsonNode before = old == null ? null : old.get(field.getKey());
        errors.addAll(check(field.getValue(), before, schemaOfField, child(path, field.getKey())));
      }
    }
    atLeast(value, of, "minProperties", "properties", path, errors);
    atMost(value, of, "maxProperties", path, errors);
  }

  private static void atLeast(
      JsonNode value,
      JsonNode of,
      String limit,
      String what,
      String path,
      List<FieldError> errors) {
    if (value.size() < of.path(limit).asLong(0)) {
      errors.add(
          invalid(
              path, value, "should have at least %d %s".formatted(of.path(limit).asLong(0), what)));
    }
  }

  private static void atMost(
      JsonNode value, JsonNode of, String limit, String path, List<FieldError> errors) {
    if (of.has(limit) && value.size() > of.path(limit).asLong(0)) {
      errors.add(
          new FieldError(
              FieldError.Type.TOO_MANY,
              path,
              Integer.toString(value.size()),
              "must have at most %d items".formatted(of.path(limit).asLong(0))));
    }
  }

  private static void enumeration(
      JsonNode value, JsonNode of, String path, List<FieldError> errors) {
    JsonNode words = of.path("enum");
    if (!words.isEmpty() && words.valueStream().noneMatch(value::equals)) {
      String supported =
          words
              .valueStream()
              .map(word -> word.isString() ? Json.text(word) : quoted(Json.text(word)))
              .collect(Collectors.joining(", "));
      errors.add(
          new FieldError(
              FieldError.Type.NOT_SUPPORTED,
              path,
              Json.text(value),
              "supported values: " + supported));
    }
  }

  private void junctors(JsonNode value, JsonNode of, String path, List<FieldError> errors) {
    if (of.has("anyOf") && !of.path("x-kubernetes-int-or-string").asBoolean(false)) {
      List<List<FieldError>> tried = each(value, of.path("anyOf"), path);
      if (tried.stream().noneMatch(List::isEmpty)) {
        errors.add(wholly("%s must validate at least one schema (anyOf)".formatted(quoted(path))));
        errors.addAll(closest(tried));
      }
    }
    if (of.has("oneOf")) {
      List<List<FieldError>> tried = each(value, of.path("oneOf"), path);
      long valid = tried.stream().filter(List::isEmpty).count();
      if (valid != 1) {
        String found = valid == 0 ? "Found none valid" : "Found " + valid + " valid alternatives";
        errors.add(
            wholly(
                "%s must validate one and only one schema (oneOf). %s"
                    .formatted(quoted(path), found)));
        errors.addAll(valid == 0 ? closest(tried) : List.of());
      }
    }
    if (of.has("allOf")) {
      List<List<FieldError>> tried = each(value, of.path("allOf"), path);
      long valid = tried.stream().filter(List::isEmpty).count();
      tried.forEach(errors::addAll);
      if (valid != tried.size()) {
        errors.add(
            wholly(
                "%s must validate all the schemas (allOf)%s"
                    .formatted(quoted(path), valid == 0 ? ". None validated" : "")));
      }
    }
    if (of.path("not").isObject() && check(value, null, of.path("not"), path).isEmpty()) {
      errors.add(wholly("%s must not validate the schema (not)".formatted(quoted(path))));
    }
  }

  private List<List<FieldError>> each(JsonNode value, JsonNode schemas, String path) {
    return schemas.valueStream().map(one -> check(value, null, one, path)).toList();
  }

  private static List<FieldError> closest(List<List<FieldError>> tried) {
    return tried.stream()
        .min((one, other) -> Integer.compare(one.size(), other.size()))
        .orElse(List.of());
  }

  /// What is wrong with a combination of schemas has no field of its own.
  private static FieldError wholly(String detail) {
    return FieldError.invalid("<nil>", "\"\"", detail);
  }

  private static FieldError invalid(String path, JsonNode value, String detail) {
    return FieldError.invalid(path, Json.text(value), path + " in body " + detail);
  }

  private static String child(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static String quoted(String text) {
    return "\"" + text + "\"";
  }
}
