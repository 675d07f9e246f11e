package dev.navarch.api.patch;

import dev.navarch.api.ApiException;
import dev.navarch.api.Schema;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Kubernetes' own patch: a partial document whose lists merge by the keys that the schema names,
/// with directives for what a partial document cannot say (delete, replace, keep, reorder). The
/// document stays as it was; the answer is a new tree.
public final class StrategicMergePatch {
  static final String DIRECTIVE = "$patch";
  private static final String RETAIN_KEYS = "$retainKeys";
  private static final String DELETE_PRIMITIVES = "$deleteFromPrimitiveList";
  private static final String SET_ORDER = "$setElementOrder";

  private StrategicMergePatch() {}

  /// BadRequest when a directive or an element of a list is malformed.
  ///
  /// @param schema of the whole document
  public static ObjectNode apply(ObjectNode document, JsonNode patch, Schema schema) {
    if (!(patch instanceof ObjectNode changes)) {
      throw ApiException.badRequest("error decoding patch: a strategic merge patch is an object");
    }
    return merge(document.deepCopy(), changes.deepCopy(), schema);
  }

  /// Both trees are ours to take apart.
  static ObjectNode merge(ObjectNode target, ObjectNode changes, @Nullable Schema schema) {
    JsonNode directive = changes.remove(DIRECTIVE);
    if (directive != null) {
      switch (directive.asString("")) {
        case "replace" -> {
          return clean(changes);
        }
        case "delete" -> {
          return JsonNodeFactory.instance.objectNode();
        }
        case "merge" -> {}
        default -> throw unknownDirective(directive, changes);
      }
    }
    retainKeys(target, changes);
    setOrders(target, changes, schema);
    for (var change : changes.properties()) {
      String field = change.getKey();
      if (isDirective(field, DELETE_PRIMITIVES)) {
        deletePrimitives(
            target, subject(field, "invalid patch format of primitive list"), change.getValue());
      } else {
        mergeField(target, field, change.getValue(), child(schema, field));
      }
    }
    return target;
  }

  private static void mergeField(
      ObjectNode target, String field, JsonNode change, @Nullable Schema schema) {
    JsonNode old = target.get(field);
    if (change.isNull()) {
      target.remove(field);
    } else if (old instanceof ObjectNode object
        && change instanceof ObjectNode changes
        && !strategies(schema).contains("replace")) {
      target.set(field, merge(object, changes, schema));
    } else if (old instanceof ArrayNode list && change instanceof ArrayNode changes) {
      target.set(field, mergeList(list, changes, schema));
    } else {
      target.set(field, clean(change));
    }
  }

  private static ArrayNode mergeList(ArrayNode list, ArrayNode changes, @Nullable Schema schema) {
    return schema != null && strategies(schema).contains("merge")
        ? new MergeList(schema).merge(list, changes)
        : clean(changes);
  }

  private static void retainKeys(ObjectNode target, ObjectNode changes) {
    JsonNode kept = changes.remove(RETAIN_KEYS);
    if (kept == null) {
      return;
    }
    Set<String> keys = new HashSet<>();
    kept.forEach(key -> keys.add(key.asString("")));
    boolean consistent =
        kept.isArray()
            && changes.properties().stream()
                .allMatch(
                    change ->
                        change.getValue().isNull()
                            || change.getKey().startsWith("$")
                            || keys.contains(change.getKey()));
    if (!consistent) {
      throw ApiException.badRequest("invalid patch format of retainKeys");
    }
    target.retain(keys);
  }

  private static void setOrders(ObjectNode target, ObjectNode changes, @Nullable Schema schema) {
    for (String directive : List.copyOf(changes.propertyNames())) {
      if (!isDirective(directive, SET_ORDER)) {
        continue;
      }
      String malformed = "invalid patch format of setElementOrder list";
      String field = subject(directive, malformed);
      if (!(changes.remove(directive) instanceof ArrayNode order)) {
        throw ApiException.badRequest(malformed);
      }
      JsonNode old = target.get(field);
      JsonNode change = changes.remove(field);
      if (isOther(old) || isOther(change)) {
        throw ApiException.badRequest(malformed);
      }
      Schema list = child(schema, field);
      MergeList merging = new MergeList(list);
      Map<Object, Integer> before =
          old instanceof ArrayNode present ? merging.places(present) : Map.of();
      if (change instanceof ArrayNode added) {
        merging.checkOrder(added, order);
        target.set(
            field,
            old instanceof ArrayNode present ? mergeList(present, added, list) : clean(added));
      } else if (change != null) {
        target.remove(field);
      }
      if (target.get(field) instanceof ArrayNode merged) {
        target.set(field, merging.ordered(merged, order, before));
      }
    }
  }

  private static boolean isOther(@Nullable JsonNode value) {
    return value != null && !value.isArray() && !value.isNull();
  }

  private static void deletePrimitives(ObjectNode target, String field, JsonNode unwanted) {
    if (!(unwanted instanceof ArrayNode values)) {
      throw ApiException.badRequest("invalid patch format of primitive list");
    }
    if (target.get(field) instanceof ArrayNode list) {
      Set<Object> deleted = new HashSet<>();
      values.forEach(value -> deleted.add(JsonValues.identity(value)));
      list.removeIf(value -> deleted.contains(JsonValues.identity(value)));
    }
  }

  private static boolean isDirective(String field, String directive) {
    return field.equals(directive) || field.startsWith(directive + "/");
  }

  private static String subject(String directive, String malformed) {
    int slash = directive.indexOf('/');
    if (slash < 0) {
      throw ApiException.badRequest(malformed);
    }
    return directive.substring(slash + 1);
  }

  private static @Nullable Schema child(@Nullable Schema schema, String field) {
    if (schema == null) {
      return null;
    }
    Schema named = schema.fields().get(field);
    return named != null ? named : schema.values();
  }

  private static List<String> strategies(@Nullable Schema schema) {
    return schema == null ? List.of() : List.of(schema.patchStrategy().split(","));
  }

  static ApiException unknownDirective(JsonNode directive, JsonNode in) {
    return ApiException.badRequest(
        "unknown patch type: %s in map: %s"
            .formatted(directive.asString(directive.toString()), in));
  }

  /// A value that goes into the document as it is: without nulls and directives, which speak of
  /// what is already there.
  static <T extends JsonNode> T clean(T value) {
    switch (value) {
      case ObjectNode object -> {
        object.removeIf(JsonNode::isNull);
        object.remove(
            object.propertyNames().stream().filter(StrategicMergePatch::isAnyDirective).toList());
        object.forEach(StrategicMergePatch::clean);
      }
      case ArrayNode array -> {
        array.removeIf(
            element ->
                element.has(DIRECTIVE) && !element.path(DIRECTIVE).asString("").equals("merge"));
        array.forEach(StrategicMergePatch::clean);
      }
      default -> {}
    }
    return value;
  }

  private static boolean isAnyDirective(String field) {
    return field.equals(DIRECTIVE)
        || field.equals(RETAIN_KEYS)
        || isDirective(field, DELETE_PRIMITIVES)
        || isDirective(field, SET_ORDER);
  }
}
