package dev.navarch.api.apply;

import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Merges what somebody wants into what is there, by schema: objects and maps entry by entry, lists
/// with keys element by element, sets as unions, and everything else (scalars, atomic lists and
/// maps) as a whole. Nothing is ever removed.
///
/// This is the merge of server-side apply without its ownership: admission policies that patch by
/// an applied configuration use it as it is.
public final class TypedMerge {
  private TypedMerge() {}

  /// A new document. Both given ones stay as they were.
  public static ObjectNode merge(
      ObjectNode document, AppliedConfiguration wanted, @Nullable Schema schema) {
    return (ObjectNode) both(document, wanted.tree(), schema);
  }

  private static JsonNode both(JsonNode there, JsonNode wanted, @Nullable Schema schema) {
    return switch (Form.of(schema, wanted)) {
      case LEAF -> wanted.deepCopy();
      case FIELDS ->
          there instanceof ObjectNode object && !object.isEmpty()
              ? entries(object, wanted, schema)
              : wanted.deepCopy();
      case SET, KEYED ->
          there instanceof ArrayNode list && !list.isEmpty()
              ? items(Form.of(schema, wanted), list, wanted, schema)
              : wanted.deepCopy();
    };
  }

  private static ObjectNode entries(ObjectNode there, JsonNode wanted, @Nullable Schema schema) {
    ObjectNode merged = Json.object();
    for (Map.Entry<String, JsonNode> entry : there.properties()) {
      JsonNode change = wanted.get(entry.getKey());
      merged.set(
          entry.getKey(),
          change == null
              ? entry.getValue().deepCopy()
              : both(entry.getValue(), change, Form.entry(schema, entry.getKey())));
    }
    for (Map.Entry<String, JsonNode> entry : wanted.properties()) {
      if (!there.has(entry.getKey())) {
        merged.set(entry.getKey(), entry.getValue().deepCopy());
      }
    }
    return merged;
  }

  /// What is wanted comes in its own order; what is only there stays where it was among it.
  private static ArrayNode items(
      Form form, ArrayNode there, JsonNode wanted, @Nullable Schema schema) {
    Schema items = schema == null ? null : schema.items();
    Map<String, JsonNode> present = new HashMap<>();
    Set<String> repeated = new HashSet<>();
    List<String> order = new ArrayList<>(there.size());
    for (JsonNode item : there.values()) {
      String element = form.element(item, schema);
      order.add(element);
      if (present.putIfAbsent(element, item) != null) {
        repeated.add(element);
      }
    }
    List<String> asked = new ArrayList<>(wanted.size());
    for (JsonNode item : wanted.values()) {
      asked.add(form.element(item, schema));
    }
    Set<String> known = new HashSet<>(asked);
    ArrayNode merged = Json.array();
    int next = 0;
    for (int i = 0; i < order.size(); i++) {
      String element = order.get(i);
      if (!known.contains(element)) {
        merged.add(there.get(i).deepCopy());
      } else if (element.equals(nextShared(asked, next, present))) {
        do {
          merged.add(item(wanted.get(next), asked.get(next), present, repeated, items));
        } while (!asked.get(next++).equals(element));
      }
    }
    for (; next < asked.size(); next++) {
      merged.add(item(wanted.get(next), asked.get(next), present, repeated, items));
    }
    return merged;
  }

  private static String nextShared(List<String> asked, int from, Map<String, JsonNode> present) {
    for (int i = from; i < asked.size(); i++) {
      if (present.containsKey(asked.get(i))) {
        return asked.get(i);
      }
    }
    return "";
  }

  private static JsonNode item(
      JsonNode wanted,
      String element,
      Map<String, JsonNode> present,
      Set<String> repeated,
      @Nullable Schema items) {
    JsonNode there = present.get(element);
    return there == null || repeated.contains(element)
        ? wanted.deepCopy()
        : both(there, wanted, items);
  }
}
