package dev.navarch.api.patch;

import static dev.navarch.api.patch.StrategicMergePatch.DIRECTIVE;
import static dev.navarch.api.patch.StrategicMergePatch.clean;

import dev.navarch.api.ApiException;
import dev.navarch.api.Schema;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Merges the lists of a strategic merge patch: objects that share the schema's merge key become
/// one, other values are a set. What the patch names keeps the patch's order; what only the
/// document has stays where it was among it. The work grows with the lists' length, not its square.
///
/// @param schema of the list; null for a list that no schema knows
record MergeList(@Nullable Schema schema) {

  ArrayNode merge(ArrayNode list, ArrayNode changes) {
    Map<Object, Integer> before = places(list);
    if (key().isEmpty()) {
      return ordered(union(list, changes), changes, before);
    }
    ArrayNode named = changes.arrayNode();
    Set<Object> deleted = new HashSet<>();
    boolean replace = false;
    for (JsonNode change : changes) {
      JsonNode directive = change.path(DIRECTIVE);
      switch (directive.asString("")) {
        case "", "merge" -> named.add(change);
        case "delete" -> deleted.add(identity(change));
        case "replace" -> replace = true;
        default -> throw StrategicMergePatch.unknownDirective(directive, change);
      }
    }
    if (replace) {
      named.forEach(this::identity);
      return clean(named);
    }
    list.removeIf(element -> deleted.contains(identity(element)));
    mergeObjects(list, named);
    return ordered(list, named, before);
  }

  private void mergeObjects(ArrayNode list, ArrayNode changes) {
    Map<Object, Integer> places = places(list);
    for (JsonNode change : changes) {
      Integer place = places.putIfAbsent(identity(change), list.size());
      if (place == null) {
        list.add(clean(change.deepCopy()));
      } else if (list.get(place) instanceof ObjectNode present
          && change instanceof ObjectNode object) {
        list.set(place, StrategicMergePatch.merge(present, object, items()));
      }
    }
  }

  private static ArrayNode union(ArrayNode list, ArrayNode changes) {
    ArrayNode all = list.arrayNode();
    Set<Object> seen = new HashSet<>();
    for (ArrayNode source : List.of(list, changes)) {
      for (JsonNode value : source) {
        if (value.isContainer()) {
          throw ApiException.badRequest("cannot merge lists without merge key for type map");
        }
        if (seen.add(JsonValues.identity(value))) {
          all.add(value);
        }
      }
    }
    return all;
  }

  /// What the patch holds must stand in the same order in the order that it sets.
  void checkOrder(ArrayNode changes, ArrayNode order) {
    int at = 0;
    for (JsonNode change : changes) {
      if (change.has(DIRECTIVE) || order.isEmpty()) {
        continue;
      }
      while (at < order.size() && !identity(change).equals(identity(order.get(at)))) {
        at++;
      }
      if (at++ == order.size()) {
        throw ApiException.badRequest(
            "The order in patch list:\n%s\n doesn't match $setElementOrder list:\n%s\n"
                .formatted(changes, order));
      }
    }
  }

  /// The merged elements: those in `order` in that order, the others where they stood before.
  ///
  /// @param before where each element stood in the document
  ArrayNode ordered(ArrayNode merged, ArrayNode order, Map<Object, Integer> before) {
    Map<Object, Integer> places = places(order);
    List<JsonNode> named = new ArrayList<>();
    List<JsonNode> others = new ArrayList<>();
    for (JsonNode element : merged) {
      (places.containsKey(identity(element)) ? named : others).add(element);
    }
    named.sort(Comparator.comparingInt(element -> place(places, element)));
    others.sort(Comparator.comparingInt(element -> place(before, element)));
    ArrayNode result = merged.arrayNode();
    int next = 0;
    for (JsonNode element : named) {
      int place = place(before, element);
      while (next < others.size() && isBefore(place(before, others.get(next)), place)) {
        result.add(others.get(next++));
      }
      result.add(element);
    }
    return result.addAll(others.subList(next, others.size()));
  }

  private static boolean isBefore(int place, int other) {
    return place >= 0 && place < other;
  }

  private int place(Map<Object, Integer> places, JsonNode element) {
    return places.getOrDefault(identity(element), -1);
  }

  /// The first place of each element of a list.
  Map<Object, Integer> places(ArrayNode list) {
    Map<Object, Integer> places = new HashMap<>();
    for (int at = 0; at < list.size(); at++) {
      places.putIfAbsent(identity(list.get(at)), at);
    }
    return places;
  }

  /// What makes two elements the same: the value of the merge key, or the element itself.
  private Object identity(JsonNode element) {
    if (key().isEmpty()) {
      return JsonValues.identity(element);
    }
    JsonNode value = element.get(key());
    if (value == null) {
      throw ApiException.badRequest(
          "map: %s does not contain declared merge key: %s".formatted(element, key()));
    }
    return JsonValues.identity(value);
  }

  private String key() {
    return schema == null ? "" : schema.patchMergeKey();
  }

  private @Nullable Schema items() {
    return schema == null ? null : schema.items();
  }
}
