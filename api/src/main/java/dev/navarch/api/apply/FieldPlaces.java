package dev.navarch.api.apply;

import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/// The places of a document that can be owned, and a document without some of them.
final class FieldPlaces {
  private FieldPlaces() {}

  /// What somebody who applies this document owns.
  static FieldSet of(JsonNode document, @Nullable Schema schema) {
    FieldSet.Builder places = new FieldSet.Builder();
    below(document, schema, places);
    return places.build();
  }

  private static void below(JsonNode value, @Nullable Schema schema, FieldSet.Builder places) {
    Form form = Form.of(schema, value);
    switch (form) {
      case LEAF -> {}
      case FIELDS -> {
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
          String name = entry.getKey();
          JsonNode child = entry.getValue();
          Schema of = Form.entry(schema, name);
          boolean whole = Form.of(of, child) == Form.LEAF;
          String element = PathElements.field(name);
          if (!whole) {
            below(child, of, places.below(element));
          }
          if (whole
              || child.isNull()
              || (child.isObject() && child.isEmpty())
              || !Form.isField(schema, name)) {
            places.add(element);
          }
        }
      }
      case SET, KEYED -> {
        Schema items = schema == null ? null : schema.items();
        for (JsonNode item : value.values()) {
          String element = form.element(item, schema);
          below(item, items, places.below(element));
          places.add(element);
        }
      }
    }
  }

  /// The set, and with each place the named fields that lead to it; keys of maps and elements of
  /// lists are not added.
  static FieldSet withParents(FieldSet set, @Nullable Schema schema) {
    List<FieldSet.Entry> entries = new ArrayList<>(set.entries().size());
    for (FieldSet.Entry entry : set.entries()) {
      String element = entry.element();
      boolean named =
          PathElements.isField(element) && Form.isField(schema, PathElements.text(element));
      entries.add(
          new FieldSet.Entry(
              element,
              entry.member() || named,
              withParents(entry.below(), Form.below(schema, element))));
    }
    return FieldSet.of(entries);
  }

  /// The set as a schema needs it that has become coarser: who owned parts of what is now a whole
  /// owns the whole. What has become finer stays as if it always had been.
  @SuppressWarnings("ReferenceEquality")
  static FieldSet collapsed(FieldSet set, @Nullable Schema schema) {
    List<FieldSet.Entry> entries = new ArrayList<>(set.entries().size());
    boolean same = true;
    for (FieldSet.Entry entry : set.entries()) {
      FieldSet.Entry kept = entry;
      if (!entry.below().isEmpty()) {
        Schema below = Form.below(schema, entry.element());
        if (!Form.isDeduced(below)) {
          boolean whole = Form.of(below, NullNode.getInstance()) == Form.LEAF;
          FieldSet rest = whole ? FieldSet.EMPTY : collapsed(entry.below(), below);
          if (rest != entry.below()) {
            kept = new FieldSet.Entry(entry.element(), whole || entry.member(), rest);
            same = false;
          }
        }
      }
      entries.add(kept);
    }
    return same ? set : FieldSet.of(entries);
  }

  /// A copy without these places and what is below them.
  static ObjectNode without(ObjectNode document, FieldSet places, @Nullable Schema schema) {
    return rest(document, places, schema) instanceof ObjectNode left ? left : Json.object();
  }

  /// What is left; missing when nothing is.
  private static JsonNode rest(JsonNode value, FieldSet places, @Nullable Schema schema) {
    Form form = Form.of(schema, value);
    if (places.isEmpty() || form == Form.LEAF) {
      return value.deepCopy();
    }
    return switch (value) {
      case ObjectNode object when form == Form.FIELDS -> {
        ObjectNode left = Json.object();
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
          String element = PathElements.field(entry.getKey());
          if (!places.has(element)) {
            JsonNode kept =
                rest(entry.getValue(), places.below(element), Form.entry(schema, entry.getKey()));
            if (!kept.isMissingNode()) {
              left.set(entry.getKey(), kept);
            }
          }
        }
        yield left.isEmpty() ? MissingNode.getInstance() : left;
      }
      case ArrayNode array when form != Form.FIELDS -> {
        ArrayNode left = Json.array();
        for (JsonNode item : array.values()) {
          String element = form.element(item, schema);
          if (!places.has(element)) {
            JsonNode kept =
                rest(item, places.below(element), schema == null ? null : schema.items());
            left.add(kept.isMissingNode() ? Json.object() : kept);
          }
        }
        yield left.isEmpty() ? MissingNode.getInstance() : left;
      }
      default -> value.deepCopy();
    };
  }
}
