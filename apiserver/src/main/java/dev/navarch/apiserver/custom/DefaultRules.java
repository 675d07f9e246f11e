package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.apiserver.kinds.Place;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// A default must itself be what its schema wants.
final class DefaultRules {
  private final Consumer<FieldError> errors;

  DefaultRules(Consumer<FieldError> errors) {
    this.errors = errors;
  }

  void check(Place schema) {
    walk(schema, true);
  }

  private void walk(Place schema, boolean root) {
    Place given = schema.at("default");
    if (given.isSet()) {
      if (root) {
        given.forbidden("must not be set");
      } else {
        valid(given, schema.node());
      }
    }
    for (var property : schema.node().path("properties").properties()) {
      Place at = schema.at("properties").child(property.getKey());
      if (root && property.getKey().equals("metadata")) {
        noneBelow(at);
      } else {
        walk(at, false);
      }
    }
    for (String part : new String[] {"items", "additionalProperties"}) {
      if (schema.at(part).node().isObject()) {
        walk(schema.at(part), false);
      }
    }
  }

  private void noneBelow(Place metadata) {
    for (var property : metadata.node().path("properties").properties()) {
      Place given = metadata.at("properties").child(property.getKey()).at("default");
      if (given.isSet()) {
        given.forbidden("must not be set in top-level metadata");
      }
    }
  }

  private void valid(Place given, JsonNode schema) {
    JsonNode value = given.node();
    new SchemaValidation(schema)
        .check(value, null, "")
        .forEach(
            error -> {
              String below =
                  error.field().isEmpty() || error.field().startsWith("[")
                      ? error.field()
                      : "." + error.field();
              errors.accept(
                  new FieldError(
                      error.type(), given.path() + below, error.badValue(), error.detail()));
            });
    if (hasUnknown(value, schema)) {
      given.invalid("must not have unknown fields");
    }
    ListTypes.check(value, schema, given.path()).forEach(errors);
  }

  private static boolean hasUnknown(JsonNode value, JsonNode schema) {
    boolean open =
        schema.path("x-kubernetes-preserve-unknown-fields").asBoolean(false)
            || schema.path("x-kubernetes-embedded-resource").asBoolean(false);
    for (var field : value.properties()) {
      JsonNode declared = schema.path("properties").path(field.getKey());
      JsonNode below = declared.isObject() ? declared : schema.path("additionalProperties");
      if (below.isObject() ? hasUnknown(field.getValue(), below) : !open) {
        return true;
      }
    }
    return value.isArray()
        && value.valueStream().anyMatch(item -> hasUnknown(item, schema.path("items")));
  }
}
