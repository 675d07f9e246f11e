package dev.navarch.api.apply;

import dev.navarch.api.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A set of places in a document, as `FieldsV1` writes it: a tree of path elements (`f:spec`,
/// `k:{"name":"web"}`, `v:"a"`, `i:0`) in which some places are members. Immutable, and always in
/// the order in which it is written, so that two sets are combined in one pass.
public final class FieldSet {
  public static final FieldSet EMPTY = new FieldSet(List.of());
  static final String SELF = ".";
  private static final ObjectNode NOTHING_BELOW = Json.object();

  /// One path element.
  ///
  /// @param element in its canonical text
  /// @param member whether the place itself is in the set
  record Entry(String element, boolean member, FieldSet below) {
    private boolean isEmpty() {
      return !member && below.isEmpty();
    }
  }

  private final List<Entry> entries;

  private FieldSet(List<Entry> entries) {
    this.entries = entries;
  }

  List<Entry> entries() {
    return entries;
  }

  public boolean isEmpty() {
    return entries.isEmpty();
  }

  public FieldSet union(FieldSet other) {
    return isEmpty() ? other : other.isEmpty() ? this : combine(other, Operation.UNION);
  }

  /// What is in this set and not in the other; places below a member of the other stay.
  public FieldSet minus(FieldSet other) {
    return isEmpty() || other.isEmpty() ? this : combine(other, Operation.DIFFERENCE);
  }

  public FieldSet intersection(FieldSet other) {
    return isEmpty() || other.isEmpty() ? EMPTY : combine(other, Operation.INTERSECTION);
  }

  private enum Operation {
    UNION,
    DIFFERENCE,
    INTERSECTION;

    boolean member(boolean mine, boolean theirs) {
      return switch (this) {
        case UNION -> mine || theirs;
        case DIFFERENCE -> mine && !theirs;
        case INTERSECTION -> mine && theirs;
      };
    }

    boolean keepsMine() {
      return this != INTERSECTION;
    }

    boolean keepsTheirs() {
      return this == UNION;
    }
  }

  private FieldSet combine(FieldSet other, Operation operation) {
    List<Entry> result = new ArrayList<>(Math.max(entries.size(), other.entries.size()));
    int mine = 0;
    int theirs = 0;
    while (mine < entries.size() && theirs < other.entries.size()) {
      Entry left = entries.get(mine);
      Entry right = other.entries.get(theirs);
      int order = PathElements.compare(left.element, right.element);
      if (order < 0) {
        keep(left, operation.keepsMine(), result);
        mine++;
      } else if (order > 0) {
        keep(right, operation.keepsTheirs(), result);
        theirs++;
      } else {
        FieldSet below = left.below.combine(right.below, operation);
        keep(
            new Entry(left.element, operation.member(left.member, right.member), below),
            true,
            result);
        mine++;
        theirs++;
      }
    }
    if (operation.keepsMine()) {
      result.addAll(entries.subList(mine, entries.size()));
    }
    if (operation.keepsTheirs()) {
      result.addAll(other.entries.subList(theirs, other.entries.size()));
    }
    return of(result);
  }

  private static void keep(Entry entry, boolean wanted, List<Entry> result) {
    if (wanted && !entry.isEmpty()) {
      result.add(entry);
    }
  }

  /// A set of entries that are in order already.
  static FieldSet of(List<Entry> ordered) {
    return ordered.isEmpty() ? EMPTY : new FieldSet(ordered);
  }

  /// The places one level down, below `element`.
  FieldSet below(String element) {
    return find(element).below;
  }

  boolean has(String element) {
    return find(element).member;
  }

  private static final Entry ABSENT = new Entry("", false, EMPTY);

  private Entry find(String element) {
    int low = 0;
    int high = entries.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Entry entry = entries.get(middle);
      int order = PathElements.compare(entry.element, element);
      if (order == 0) {
        return entry;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return ABSENT;
  }

  /// How many members there are.
  int size() {
    int size = 0;
    for (Entry entry : entries) {
      size += (entry.member ? 1 : 0) + entry.below.size();
    }
    return size;
  }

  /// Every member as a path that people read.
  public List<String> paths() {
    return paths(Integer.MAX_VALUE);
  }

  /// Members as paths that people read: `.spec.containers[name="web"].image`.
  ///
  /// @param most so many of them, at most
  public List<String> paths(int most) {
    List<String> paths = new ArrayList<>();
    collect(new StringBuilder(), most, paths);
    return paths;
  }

  private void collect(StringBuilder path, int most, List<String> paths) {
    int here = path.length();
    for (Entry entry : entries) {
      if (entry.member && paths.size() < most) {
        paths.add(path.append(PathElements.shown(entry.element)).toString());
        path.setLength(here);
      }
    }
    for (Entry entry : entries) {
      if (!entry.below.isEmpty() && paths.size() < most) {
        entry.below.collect(path.append(PathElements.shown(entry.element)), most, paths);
        path.setLength(here);
      }
    }
  }

  /// As it stands in `fieldsV1`.
  public ObjectNode json() {
    return json(false);
  }

  private ObjectNode json(boolean self) {
    ObjectNode json = Json.object();
    if (self) {
      json.set(SELF, NOTHING_BELOW);
    }
    for (Entry entry : entries) {
      json.set(
          entry.element, entry.below.isEmpty() ? NOTHING_BELOW : entry.below.json(entry.member));
    }
    return json;
  }

  /// Reads what stands in `fieldsV1`, by whomever it was written.
  ///
  /// @throws IllegalArgumentException for what is no set of fields
  public static FieldSet read(JsonNode json) {
    if (!json.isObject()) {
      throw new IllegalArgumentException("fieldsV1 must be an object");
    }
    Builder builder = new Builder();
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      if (!entry.getKey().equals(SELF)) {
        JsonNode below = entry.getValue();
        String element = PathElements.canonical(entry.getKey());
        FieldSet read = read(below);
        builder.put(new Entry(element, read.isEmpty() || below.has(SELF), read));
      }
    }
    return builder.build();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FieldSet set && entries.equals(set.entries);
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }

  @Override
  public String toString() {
    return Json.text(json());
  }

  /// Collects places. What is said of one path element is said in one go: no element comes back
  /// after another one of its level.
  static final class Builder {
    private final List<Entry> entries = new ArrayList<>();
    private String open = "";
    private boolean member;
    private @Nullable Builder below;

    void add(String element) {
      turnTo(element);
      member = true;
    }

    Builder below(String element) {
      turnTo(element);
      Builder known = below;
      if (known == null) {
        known = new Builder();
        below = known;
      }
      return known;
    }

    private void put(Entry entry) {
      entries.add(entry);
    }

    private void turnTo(String element) {
      if (!element.equals(open)) {
        close();
        open = element;
      }
    }

    private void close() {
      if (!open.isEmpty()) {
        keep(new Entry(open, member, below == null ? EMPTY : below.build()), true, entries);
      }
      open = "";
      member = false;
      below = null;
    }

    FieldSet build() {
      close();
      for (int i = 1; i < entries.size(); i++) {
        if (PathElements.compare(entries.get(i - 1).element, entries.get(i).element) >= 0) {
          return of(inOrder());
        }
      }
      return of(entries);
    }

    /// Two texts of others may mean one place, as `v:2` and `v:2.0` do.
    private List<Entry> inOrder() {
      entries.sort((left, right) -> PathElements.compare(left.element, right.element));
      List<Entry> once = new ArrayList<>(entries.size());
      for (Entry entry : entries) {
        if (!once.isEmpty() && PathElements.compare(once.getLast().element, entry.element) == 0) {
          Entry last = once.removeLast();
          once.add(
              new Entry(last.element, last.member || entry.member, last.below.union(entry.below)));
        } else {
          once.add(entry);
        }
      }
      return once;
    }
  }
}
