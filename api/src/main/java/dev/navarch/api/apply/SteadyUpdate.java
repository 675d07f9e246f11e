package dev.navarch.api.apply;

import dev.navarch.api.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The usual update: a manager changes again what it alone has owned since its last write. Then
/// nobody's fields change, and only its entry's time does; no set has to be read.
final class SteadyUpdate {
  private static final String TIME = "time";

  private static final Comparator<JsonNode> WRITTEN_ORDER =
      Comparator.<JsonNode, String>comparing(entry -> text(entry, "operation"))
          .thenComparing(entry -> text(entry, TIME))
          .thenComparing(entry -> text(entry, "manager"))
          .thenComparing(entry -> text(entry, "apiVersion"))
          .thenComparing(entry -> text(entry, "subresource"));

  private SteadyUpdate() {}

  /// The entries afterwards; empty when ownership has to be worked out.
  static Optional<JsonNode> of(
      JsonNode entries, Comparison comparison, Writer writer, String apiVersion) {
    if (comparison.changed().isEmpty()) {
      return Optional.empty();
    }
    List<JsonNode> after = new ArrayList<>(entries.size());
    boolean found = false;
    for (JsonNode entry : entries.values()) {
      JsonNode fields = entry.path("fieldsV1");
      if (!text(entry, "apiVersion").equals(apiVersion) || touches(fields, comparison.removed())) {
        return Optional.empty();
      }
      if (isOwn(entry, writer)) {
        if (!contains(fields, comparison.changed())) {
          return Optional.empty();
        }
        after.add(at(entry, writer.time()));
        found = true;
      } else if (touches(fields, comparison.changed())) {
        return Optional.empty();
      } else {
        after.add(entry);
      }
    }
    if (!found) {
      return Optional.empty();
    }
    after.sort(WRITTEN_ORDER);
    ArrayNode sorted = Json.array();
    after.forEach(sorted::add);
    return Optional.of(sorted);
  }

  private static boolean isOwn(JsonNode entry, Writer writer) {
    return text(entry, "manager").equals(writer.manager())
        && text(entry, "operation").equals("Update")
        && text(entry, "subresource").equals(writer.subresource());
  }

  private static JsonNode at(JsonNode entry, String time) {
    ObjectNode later = Json.object();
    for (Map.Entry<String, JsonNode> field : entry.properties()) {
      if (field.getKey().equals(TIME)) {
        later.put(TIME, time);
      } else {
        later.set(field.getKey(), field.getValue());
      }
    }
    return later;
  }

  /// Whether any place of the set, or one below it, is owned.
  private static boolean touches(JsonNode fields, FieldSet set) {
    for (FieldSet.Entry entry : set.entries()) {
      JsonNode owned = fields.get(entry.element());
      if (owned != null && (entry.member() || touches(owned, entry.below()))) {
        return true;
      }
    }
    return false;
  }

  /// Whether all places of the set are owned.
  private static boolean contains(JsonNode fields, FieldSet set) {
    for (FieldSet.Entry entry : set.entries()) {
      JsonNode owned = fields.get(entry.element());
      if (owned == null
          || (entry.member() && !owned.isEmpty() && !owned.has(FieldSet.SELF))
          || !contains(owned, entry.below())) {
        return false;
      }
    }
    return true;
  }

  private static String text(JsonNode entry, String field) {
    return entry.path(field).asString("");
  }
}
