package dev.navarch.apiserver.policies;

import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import dev.navarch.api.apply.AppliedConfiguration;
import dev.navarch.api.apply.TypedMerge;
import dev.navarch.api.patch.JsonPatch;
import dev.navarch.apiserver.cel.Constructed;
import dev.navarch.apiserver.cel.Documents;
import dev.navarch.apiserver.cel.EvaluationFailed;
import dev.navarch.apiserver.cel.Fields;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What the value of a mutation's expression makes of an object: `Object{…}` is merged into it by
/// schema, a list of `JSONPatch{…}` is applied in order.
final class Patching {
  private static final String ROOT = "Object";

  private Patching() {}

  static ObjectNode applied(ObjectNode object, Object value, Schema schema) {
    if (!(value instanceof Constructed wanted)) {
      throw new EvaluationFailed("must evaluate to Object but got " + value);
    }
    checkNames(wanted, ROOT);
    ObjectNode tree = (ObjectNode) Documents.node(wanted);
    for (String name : List.of("apiVersion", "kind")) {
      tree.set(name, object.path(name));
    }
    refuseAtomic(tree, schema, "");
    return TypedMerge.merge(object, AppliedConfiguration.of(tree, schema), schema);
  }

  /// An object of the expression is called after the place where it stands.
  private static void checkNames(Object value, String expected) {
    switch (value) {
      case Constructed made -> {
        if (!made.typeName().equals(expected)) {
          throw new EvaluationFailed(
              "unexpected type name \"%s\", expected \"%s\", which matches field name path from root Object type"
                  .formatted(made.typeName(), expected));
        }
        made.values().forEach((name, of) -> checkNames(of, expected + "." + name));
      }
      case List<?> list -> list.forEach(element -> checkNames(element, expected));
      case Map<?, ?> _, Fields _ -> {}
      default -> {}
    }
  }

  /// What is owned as a whole would lose all that the configuration does not repeat.
  private static void refuseAtomic(JsonNode wanted, @Nullable Schema schema, String path) {
    if (schema == null || schema.type() == Schema.Type.ANY) {
      return;
    }
    boolean list = wanted.isArray() && schema.listType() == Schema.ListType.ATOMIC;
    boolean map = wanted.isObject() && schema.atomicMap();
    if (list || map) {
      throw new EvaluationFailed(
          "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: " + path);
    }
    Schema values = schema.values();
    if (wanted.isArray()) {
      wanted.values().forEach(item -> refuseAtomic(item, schema.items(), path));
    } else {
      wanted
          .properties()
          .forEach(
              entry ->
                  refuseAtomic(
                      entry.getValue(),
                      values != null ? values : schema.fields().get(entry.getKey()),
                      path + "." + entry.getKey()));
    }
  }

  static ObjectNode patched(ObjectNode object, Object value) {
    if (!(value instanceof List<?> operations)) {
      throw new EvaluationFailed("must evaluate to a list of JSONPatch but got " + value);
    }
    ArrayNode patch = Json.array();
    for (Object operation : operations) {
      if (!(operation instanceof Constructed made) || !made.typeName().equals("JSONPatch")) {
        throw new EvaluationFailed("type error: expected JSONPatch, got " + operation);
      }
      patch.add(Documents.node(made));
    }
    return JsonPatch.apply(object, patch);
  }
}
