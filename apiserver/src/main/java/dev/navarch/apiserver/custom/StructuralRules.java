package dev.navarch.apiserver.custom;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.navarch.api.FieldError;
import dev.navarch.apiserver.kinds.Place;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// What makes a schema structural: every field has one type, said outside of combinations of
/// schemas, so that pruning and defaulting know what they have before them.
final class StructuralRules {
  private static final List<String> NOT_SUPPORTED =
      List.of("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref");
  private static final Set<String> TYPES =
      Set.of("array", "boolean", "integer", "number", "object", "string");

  private final Consumer<FieldError> errors;

  StructuralRules(Consumer<FieldError> errors) {
    this.errors = errors;
  }

  private enum Level {
    ROOT,
    ITEM,
    FIELD
  }

  void check(String path, JsonNode schema) {
    Place root = new Place(path, schema, errors);
    walk(root, Level.ROOT);
    new DefaultRules(errors).check(root);
  }

  private void walk(Place schema, Level level) {
    supported(schema);
    type(schema, level);
    extensions(schema);
    ListRules.check(schema);
    Place items = schema.at("items");
    if (schema.at("type").text().equals("array") && !items.isSet()) {
      items.required("must be specified");
    } else if (items.node().isArray()) {
      items.forbidden("items must be a schema object and not an array");
    } else if (items.isSet()) {
      walk(items, Level.ITEM);
    }
    for (var property : schema.node().path("properties").properties()) {
      Place at = schema.at("properties").child(property.getKey());
      if (property.getKey().equals("metadata") && isWhole(schema, level)) {
        metadata(at, level);
      } else {
        walk(at, Level.FIELD);
      }
    }
    additional(schema, level);
    combinations(schema, schema);
  }

  private static boolean isWhole(Place schema, Level level) {
    return level == Level.ROOT || schema.at("x-kubernetes-embedded-resource").flag();
  }

  private void supported(Place schema) {
    for (String field : NOT_SUPPORTED) {
      if (schema.at(field).isSet()) {
        schema.at(field).forbidden(field + " is not supported");
      }
    }
    if (schema.at("uniqueItems").flag()) {
      schema
          .at("uniqueItems")
          .forbidden(
              "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
    }
    Place pattern = schema.at("pattern");
    if (!pattern.isEmpty()) {
      try {
        Pattern.compile(pattern.text());
      } catch (PatternSyntaxException e) {
        pattern.invalid("must be a valid regular expression, but isn't: " + e.getMessage());
      }
    }
  }

  private void type(Place schema, Level level) {
    Place type = schema.at("type");
    boolean free =
        schema.at("x-kubernetes-int-or-string").flag()
            || schema.at("x-kubernetes-preserve-unknown-fields").flag();
    if (schema.at("x-kubernetes-embedded-resource").flag() && !type.text().equals("object")) {
      String detail = "must be object if x-kubernetes-embedded-resource is true";
      if (type.isEmpty()) {
        type.required(detail);
      } else {
        type.invalid(detail);
      }
    } else if (type.isEmpty() && !free) {
      type.required(
          switch (level) {
            case ROOT -> "must not be empty at the root";
            case ITEM -> "must not be empty for specified array items";
            case FIELD -> "must not be empty for specified object fields";
          });
    } else if (type.text().equals("null")) {
      type.forbidden("type cannot be set to null, use nullable as an alternative");
    } else if (!type.isEmpty() && !TYPES.contains(type.text())) {
      type.notSupported(TYPES.stream().sorted().toList());
    } else if (level == Level.ROOT && !type.isEmpty() && !type.text().equals("object")) {
      type.invalid("must be object at the root");
    }
    if (isWhole(schema, level)) {
      for (String name : List.of("kind", "apiVersion")) {
        Place declared = schema.at("properties").child(name);
        if (declared.isSet() && !declared.at("type").text().equals("string")) {
          declared.at("type").invalid("must be string");
        }
      }
    }
  }

  private void extensions(Place schema) {
    boolean either = schema.at("x-kubernetes-int-or-string").flag();
    Place preserve = schema.at("x-kubernetes-preserve-unknown-fields");
    Place embedded = schema.at("x-kubernetes-embedded-resource");
    if (either && !schema.at("type").isEmpty()) {
      schema.at("type").invalid("must be empty if x-kubernetes-int-or-string is true");
    }
    if (either && preserve.flag()) {
      preserve.invalid("must be false if x-kubernetes-int-or-string is true");
    }
    if (either && embedded.flag()) {
      embedded.invalid("must be false if x-kubernetes-int-or-string is true");
    }
    if (preserve.isSet() && !preserve.flag()) {
      preserve.invalid("must be true or undefined");
    }
    if (embedded.flag() && !preserve.flag() && schema.at("properties").isEmpty()) {
      schema
          .at("properties")
          .required(
              "must not be empty if x-kubernetes-embedded-resource is true without"
                  + " x-kubernetes-preserve-unknown-fields");
    }
  }

  /// Every object has metadata of the same form; a schema may only say more of the names.
  private void metadata(Place metadata, Level level) {
    if (!metadata.at("type").text().equals("object")) {
      metadata.at("type").invalid("must be object");
    }
    if (level != Level.ROOT) {
      return;
    }
    boolean plain =
        metadata
                .node()
                .propertyStream()
                .allMatch(
                    field -> Set.of("type", "properties", "description").contains(field.getKey()))
            && Set.of("name", "generateName")
                .containsAll(metadata.node().path("properties").propertyNames());
    if (!plain) {
      metadata.forbidden(
          "must not specify anything other than name and generateName, but metadata is implicitly"
              + " specified");
    }
  }

  private void additional(Place schema, Level level) {
    Place additional = schema.at("additionalProperties");
    if (!additional.isSet()) {
      return;
    }
    if (additional.node().isBoolean() && !additional.flag()) {
      additional.forbidden("additionalProperties cannot be set to false");
    }
    if (!schema.at("properties").isEmpty()) {
      additional.forbidden("additionalProperties and properties are mutual exclusive");
    }
    if (level == Level.ROOT) {
      additional.forbidden("must not be used at the root");
    }
    if (schema.at("x-kubernetes-embedded-resource").flag()) {
      additional.forbidden("must not be used if x-kubernetes-embedded-resource is set");
    }
    if (additional.node().isObject()) {
      walk(additional, Level.FIELD);
    }
  }

  private void combinations(Place schema, Place structure) {
    boolean either = structure.at("x-kubernetes-int-or-string").flag();
    for (String junctor : List.of("allOf", "anyOf", "oneOf")) {
      for (Place one : schema.at(junctor).items()) {
        boolean pattern = either && isIntOrString(schema.at(junctor), one);
        if (!pattern) {
          nested(one, structure);
        }
      }
    }
    if (schema.at("not").isSet()) {
      nested(schema.at("not"), structure);
    }
  }

  /// The one combination that may name types: `anyOf: [{type: integer}, {type: string}]`.
  private static boolean isIntOrString(Place junctor, Place one) {
    Place types = one.at("anyOf").isSet() ? one.at("anyOf") : junctor;
    List<String> named = types.items().stream().map(item -> item.at("type").text()).toList();
    return named.equals(List.of("integer", "string"));
  }

  /// Within a combination only values may be judged, of fields that the structure knows.
  private void nested(Place schema, Place structure) {
    for (String field : List.of("type", "title", "description", "x-kubernetes-list-map-keys")) {
      if (!schema.at(field).isEmpty()) {
        schema.at(field).forbidden("must be empty to be structural");
      }
    }
    for (String field :
        List.of(
            "default",
            "externalDocs",
            "additionalProperties",
            "x-kubernetes-list-type",
            "x-kubernetes-map-type")) {
      if (schema.at(field).isSet()) {
        schema.at(field).forbidden("must be undefined to be structural");
      }
    }
    for (String field :
        List.of(
            "nullable",
            "x-kubernetes-preserve-unknown-fields",
            "x-kubernetes-embedded-resource",
            "x-kubernetes-int-or-string")) {
      if (schema.at(field).flag()) {
        schema.at(field).forbidden("must be false to be structural");
      }
    }
    if (!schema.at("x-kubernetes-validations").isEmpty()) {
      schema.at("x-kubernetes-validations").forbidden("must be empty to be structural");
    }
    for (var property : schema.node().path("properties").properties()) {
      Place at = schema.at("properties").child(property.getKey());
      if (property.getKey().equals("metadata")) {
        at.forbidden("must not be specified in a nested context");
      }
      Place declared = structure.at("properties").child(property.getKey());
      if (!declared.isSet() && !structure.at("additionalProperties").isSet()) {
        declared.required("because it is defined in " + at.path());
      } else {
        nested(at, declared);
      }
    }
    if (schema.at("items").isSet()) {
      if (!structure.at("items").isSet()) {
        structure.at("items").required("because it is defined in " + schema.at("items").path());
      } else {
        nested(schema.at("items"), structure.at("items"));
      }
    }
    combinations(schema, structure);
  }
}
