package dev.navarch.api.apply;

import dev.navarch.api.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What became different between two states of a document: places that are new or hold another
/// value, and places that are gone. One walk over both; what stayed the same costs no memory.
record Comparison(FieldSet changed, FieldSet removed) {

  boolean isSame() {
    return changed.isEmpty() && removed.isEmpty();
  }

  static Comparison of(JsonNode before, JsonNode after, @Nullable Schema schema) {
    Walk root = new Walk(null, "", false);
    root.entries(before, after, schema);
    return root.result();
  }

  /// As {@link #of}, but without what no manager ever owns: the object's identity and what the
  /// server alone writes.
  static Comparison ofObjects(ObjectNode before, ObjectNode after, @Nullable Schema schema) {
    Walk root = new Walk(null, "", false);
    for (String name : root.names(before, after)) {
      JsonNode left = before.get(name);
      JsonNode right = after.get(name);
      Schema of = Form.entry(schema, name);
      if (name.equals("metadata")) {
        Walk metadata = new Walk(root, name, true);
        for (String field : metadata.names(left, right)) {
          if (!Unowned.METADATA.contains(field)) {
            new Walk(metadata, field, true)
                .compare(child(left, field), child(right, field), Form.entry(of, field));
          }
        }
      } else if (!Unowned.TOP.contains(name) && !isEqual(left, right)) {
        new Walk(root, name, true).compare(left, right, of);
      }
    }
    return root.result();
  }

  /// Cheaper than a walk, which finds the same.
  private static boolean isEqual(@Nullable JsonNode left, @Nullable JsonNode right) {
    return left != null && left.equals(right);
  }

  private static @Nullable JsonNode child(@Nullable JsonNode object, String name) {
    return object == null ? null : object.get(name);
  }

  /// One place of the walk. It becomes part of a set only when something is found there or below.
  private static final class Walk {
    private final @Nullable Walk above;
    private final String name;
    private final boolean field;
    private FieldSet.@Nullable Builder changed;
    private FieldSet.@Nullable Builder removed;

    /// @param field whether `name` is a field's name; else it is a path element already
    Walk(@Nullable Walk above, String name, boolean field) {
      this.above = above;
      this.name = name;
      this.field = field;
    }

    private Comparison result() {
      return new Comparison(
          changed == null ? FieldSet.EMPTY : changed.build(),
          removed == null ? FieldSet.EMPTY : removed.build());
    }

    private String element() {
      return field ? PathElements.field(name) : name;
    }

    private FieldSet.Builder changed() {
      FieldSet.Builder known = changed;
      if (known == null) {
        known = above == null ? new FieldSet.Builder() : above.changed().below(element());
        changed = known;
      }
      return known;
    }

    private FieldSet.Builder removed() {
      FieldSet.Builder known = removed;
      if (known == null) {
        known = above == null ? new FieldSet.Builder() : above.removed().below(element());
        removed = known;
      }
      return known;
    }

    private void markChanged() {
      if (above != null) {
        above.changed().add(element());
      }
    }

    private void markRemoved() {
      if (above != null) {
        above.removed().add(element());
      }
    }

    /// At least one side is there. A tree that both states share is not walked.
    @SuppressWarnings("ReferenceEquality")
    private void compare(
        @Nullable JsonNode before, @Nullable JsonNode after, @Nullable Schema schema) {
      if (before == after) {
        return;
      }
      JsonNode present = after == null ? before : after;
      if (present == null) {
        return;
      }
      Form form = Form.of(schema, present);
      if (before != null && after != null && Form.isDeduced(schema)) {
        Form other = Form.of(schema, before);
        if (other == Form.FIELDS && form != other) {
          entries(before, null, schema);
        }
      }
      if (!visit(form, before, after, schema)) {
        if (before == null) {
          markChanged();
        } else if (after == null) {
          markRemoved();
        }
      }
    }

    /// Whether the place was compared as a whole.
    private boolean visit(
        Form form, @Nullable JsonNode before, @Nullable JsonNode after, @Nullable Schema schema) {
      if (form == Form.LEAF || (isEmpty(before) && isEmpty(after))) {
        leaf(before, after);
        return true;
      }
      switch (form) {
        case FIELDS -> entries(before, after, schema);
        case SET, KEYED -> {
          if (!isEqual(before, after)) {
            items(form, before, after, schema);
          }
        }
        case LEAF -> {}
      }
      return false;
    }

    private static boolean isEmpty(@Nullable JsonNode value) {
      return value == null || value.isNull() || (value.isContainer() && value.isEmpty());
    }

    private void leaf(@Nullable JsonNode before, @Nullable JsonNode after) {
      if (before == null) {
        markChanged();
      } else if (after == null) {
        markRemoved();
      } else if (!Values.same(before, after)) {
        markChanged();
      }
    }

    private Iterable<String> names(@Nullable JsonNode before, @Nullable JsonNode after) {
      if (!(before instanceof ObjectNode left) || left.isEmpty()) {
        return after instanceof ObjectNode right ? right.propertyNames() : List.of();
      }
      if (!(after instanceof ObjectNode right)) {
        return left.propertyNames();
      }
      List<String> names = new ArrayList<>(right.propertyNames());
      for (String name : left.propertyNames()) {
        if (!right.has(name)) {
          names.add(name);
        }
      }
      return names;
    }

    private void entries(
        @Nullable JsonNode before, @Nullable JsonNode after, @Nullable Schema schema) {
      for (String name : names(before, after)) {
        new Walk(this, name, true)
            .compare(child(before, name), child(after, name), Form.entry(schema, name));
      }
    }

    private void items(
        Form form, @Nullable JsonNode before, @Nullable JsonNode after, @Nullable Schema schema) {
      Map<String, List<JsonNode>> left = indexed(form, before, schema);
      Map<String, List<JsonNode>> right = indexed(form, after, schema);
      Schema items = schema == null ? null : schema.items();
      right.forEach(
          (element, values) -> item(element, left.getOrDefault(element, List.of()), values, items));
      left.forEach(
          (element, values) -> {
            if (!right.containsKey(element)) {
              item(element, values, List.of(), items);
            }
          });
    }

    /// Elements that stand in a list more than once are one place, that is owned as a whole.
    private void item(
        String element, List<JsonNode> before, List<JsonNode> after, @Nullable Schema items) {
      Walk place = new Walk(this, element, false);
      boolean wasRepeated = before.size() > 1;
      boolean isRepeated = after.size() > 1;
      if (!wasRepeated && !isRepeated) {
        place.compare(first(before), first(after), items);
      } else if (wasRepeated && isRepeated) {
        if (!sameAll(before, after)) {
          place.markChanged();
        }
      } else if (wasRepeated) {
        if (!after.isEmpty()) {
          place.compare(null, first(after), items);
        }
        place.markRemoved();
      } else {
        if (!before.isEmpty()) {
          place.compare(first(before), null, items);
        }
        place.markChanged();
      }
    }

    private static boolean sameAll(List<JsonNode> before, List<JsonNode> after) {
      if (before.size() != after.size()) {
        return false;
      }
      for (int i = 0; i < before.size(); i++) {
        if (!Values.same(before.get(i), after.get(i))) {
          return false;
        }
      }
      return true;
    }

    private static @Nullable JsonNode first(List<JsonNode> values) {
      return values.isEmpty() ? null : values.getFirst();
    }

    private static Map<String, List<JsonNode>> indexed(
        Form form, @Nullable JsonNode list, @Nullable Schema schema) {
      if (!(list instanceof ArrayNode array) || array.isEmpty()) {
        return Map.of();
      }
      if (array.size() == 1) {
        return Map.of(form.element(array.get(0), schema), List.of(array.get(0)));
      }
      Map<String, List<JsonNode>> all = LinkedHashMap.newLinkedHashMap(array.size());
      for (JsonNode item : array.values()) {
        String element = form.element(item, schema);
        List<JsonNode> first = all.putIfAbsent(element, List.of(item));
        if (first != null) {
          List<JsonNode> repeated = new ArrayList<>(first);
          repeated.add(item);
          all.put(element, repeated);
        }
      }
      return all;
    }
  }
}
