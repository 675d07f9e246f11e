package dev.navarch.api.patch;

import static dev.navarch.api.patch.StrategicMergePatch.DIRECTIVE;
import static dev.navarch.api.patch.StrategicMergePatch.clean;

import dev.navarch.api.ApiException;
import dev.navarch.api.Schema;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Merges the lists of a strategic merge patch: objects that share the schema's merge key become
/// one, other values are a set. What the patch names keeps the patch's order; what only the
/// document has stays where it was among it.
///
/// @param schema of the list; null for a list that no schema knows
record MergeList(@Nullable Schema schema) {

  ArrayNode merge(ArrayNode list, ArrayNode changes) {
    ArrayNode before = list.deepCopy();
    ArrayNode named = changes.arrayNode();
    ArrayNode merged =
        key().isEmpty() ? mergeValues(list, changes, named) : mergeObjects(list, changes, named);
    return ordered(merged, named, before);
  }

  private ArrayNode mergeValues(ArrayNode list, ArrayNode changes, ArrayNode named) {
    ArrayNode merged = list.arrayNode();
    named.addAll(changes);
    for (ArrayNode source : List.of(list, changes)) {
      for (JsonNode value : source) {
        if (value.isContainer()) {
          throw ApiException.badRequest("cannot merge lists without merge key for type map");
        }
        if (!contains(merged, value)) {
          merged.add(value);
        }
      }
    }
    return merged;
  }

  private ArrayNode mergeObjects(ArrayNode list, ArrayNode changes, ArrayNode named) {
    boolean replace = false;
    for (JsonNode change : changes) {
      JsonNode directive = change.path(DIRECTIVE);
      switch (directive.asString("")) {
        case "" -> named.add(change);
        case "merge" -> named.add(change);
        case "replace" -> replace = true;
        case "delete" -> {
          JsonNode wanted = keyOf(change);
          list.removeIf(element -> JsonValues.same(element.path(key()), wanted));
        }
        default -> throw StrategicMergePatch.unknownDirective(directive, change);
      }
    }
    if (replace) {
      named.forEach(this::keyOf);
      return clean(named.deepCopy());
    }
    for (JsonNode change : named) {
      JsonNode wanted = keyOf(change);
      int at = indexOf(list, wanted);
      if (at >= 0
          && list.get(at) instanceof ObjectNode present
          && change instanceof ObjectNode object) {
        list.set(at, StrategicMergePatch.merge(present, object, items()));
      } else {
        list.add(clean(change.deepCopy()));
      }
    }
    return list;
  }

  /// What the patch holds must stand in the same order in the order that it sets.
  void checkOrder(ArrayNode changes, ArrayNode order) {
    int at = 0;
    for (JsonNode change : changes) {
      if (change.has(DIRECTIVE) || order.isEmpty()) {
        continue;
      }
      while (at < order.size() && !JsonValues.same(identity(change), identity(order.get(at)))) {
        at++;
      }
      if (at++ == order.size()) {
        throw ApiException.badRequest(
            "The order in patch list:\n%s\n doesn't match $setElementOrder list:\n%s\n"
                .formatted(changes, order));
      }
    }
  }

  /// The merged elements: those in `order` in that order, the others where they stood in `before`.
  ArrayNode ordered(ArrayNode merged, ArrayNode order, ArrayNode before) {
    List<JsonNode> named = new ArrayList<>();
    List<JsonNode> others = new ArrayList<>();
    for (JsonNode element : merged) {
      (position(order, element) >= 0 ? named : others).add(element);
    }
    named.sort(Comparator.comparingInt(element -> position(order, element)));
    others.sort(Comparator.comparingInt(element -> position(before, element)));
    ArrayNode result = merged.arrayNode();
    int next = 0;
    for (JsonNode element : named) {
      int place = position(before, element);
      while (place >= 0 && next < others.size() && isBefore(others.get(next), place, before)) {
        result.add(others.get(next++));
      }
      result.add(element);
    }
    return result.addAll(others.subList(next, others.size()));
  }

  private boolean isBefore(JsonNode element, int place, ArrayNode before) {
    int own = position(before, element);
    return own >= 0 && own < place;
  }

  private int position(ArrayNode list, JsonNode element) {
    return indexOf(list, identity(element));
  }

  private int indexOf(ArrayNode list, JsonNode identity) {
    for (int at = 0; at < list.size(); at++) {
      if (JsonValues.same(identity(list.get(at)), identity)) {
        return at;
      }
    }
    return -1;
  }

  private JsonNode identity(JsonNode element) {
    return key().isEmpty() ? element : keyOf(element);
  }

  private JsonNode keyOf(JsonNode element) {
    JsonNode value = element.get(key());
    if (value == null) {
      throw ApiException.badRequest(
          "map: %s does not contain declared merge key: %s".formatted(element, key()));
    }
    return value;
  }

  private String key() {
    return schema == null ? "" : schema.patchMergeKey();
  }

  private @Nullable Schema items() {
    return schema == null ? null : schema.items();
  }

  static boolean contains(ArrayNode list, JsonNode value) {
    return list.valueStream().anyMatch(element -> JsonValues.same(element, value));
  }
}
