package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One place in a document under validation: it knows its path, and reports what is wrong there in
/// the words that users know. Missing, null and empty values are all "empty": a client may write
/// either.
public final class Place {
  private static final int FIELD = -1;
  private static final int KEY = -2;
  private static final long MAX_PORT = 65535;

  private final @Nullable Place parent;
  private final String name;
  private final int index;
  private final JsonNode node;
  private final Consumer<FieldError> errors;

  /// A place without a parent, that is called by its whole path.
  public Place(String path, JsonNode node, Consumer<FieldError> errors) {
    this(null, path, FIELD, node, errors);
  }

  /// @param name the field or the key
  /// @param index of a list's element, or what the name is
  private Place(
      @Nullable Place parent, String name, int index, JsonNode node, Consumer<FieldError> errors) {
    this.parent = parent;
    this.name = name;
    this.index = index;
    this.node = node;
    this.errors = errors;
  }

  public JsonNode node() {
    return node;
  }

  public Consumer<FieldError> errors() {
    return errors;
  }

  /// `spec.containers[0].image`; written out only when there is something to say of it.
  public String path() {
    List<Place> parts = new ArrayList<>();
    for (Place part = this; part != null; part = part.parent) {
      parts.add(part);
    }
    StringBuilder path = new StringBuilder();
    for (Place part : parts.reversed()) {
      switch (part.index) {
        case FIELD -> path.append(path.isEmpty() ? "" : ".").append(part.name);
        case KEY -> path.append('[').append(part.name).append(']');
        default -> path.append('[').append(part.index).append(']');
      }
    }
    return path.toString();
  }

  public static Place root(JsonNode object, Consumer<FieldError> errors) {
    return new Place("", object, errors);
  }

  public Place at(String field) {
    return new Place(this, field, FIELD, node.path(field), errors);
  }

  public Place at(String field, String... below) {
    Place place = at(field);
    for (String next : below) {
      place = place.at(next);
    }
    return place;
  }

  /// The value of a map under a key.
  public Place child(String key) {
    return new Place(this, key, KEY, node.path(key), errors);
  }

  public List<Place> items() {
    if (node.isEmpty()) {
      return List.of();
    }
    List<Place> items = new ArrayList<>(node.size());
    for (JsonNode item : node) {
      items.add(new Place(this, "", items.size(), item, errors));
    }
    return items;
  }

  /// The values of a map, each at `path[key]`.
  List<Place> values() {
    if (node.isEmpty()) {
      return List.of();
    }
    List<Place> values = new ArrayList<>(node.size());
    for (var entry : node.properties()) {
      values.add(new Place(this, entry.getKey(), KEY, entry.getValue(), errors));
    }
    return values;
  }

  /// The last part of the path of a map's value: its key.
  String mapKey() {
    return name;
  }

  /// The last part of the path of a field: its name.
  String mapField() {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  public boolean isSet() {
    return !node.isMissingNode() && !node.isNull();
  }

  public boolean isEmpty() {
    return !isSet()
        || (node.isString() ? node.asString("").isEmpty() : node.isContainer() && node.isEmpty());
  }

  public String text() {
    return node.asString("");
  }

  long number(long fallback) {
    return node.asLong(fallback);
  }

  public boolean flag() {
    return node.asBoolean(false);
  }

  public void required(String detail) {
    errors.accept(FieldError.required(path(), detail));
  }

  public void invalid(String detail) {
    errors.accept(FieldError.invalid(path(), shown(), detail));
  }

  /// For a value that is better not shown as it stands.
  void invalidText(String shown, String detail) {
    invalidShown(quoted(shown), detail);
  }

  public void invalidShown(String shown, String detail) {
    errors.accept(FieldError.invalid(path(), shown, detail));
  }

  public void forbidden(String detail) {
    errors.accept(FieldError.forbidden(path(), detail));
  }

  void duplicate() {
    errors.accept(new FieldError(FieldError.Type.DUPLICATE, path(), shown(), ""));
  }

  void duplicate(String shown) {
    errors.accept(new FieldError(FieldError.Type.DUPLICATE, path(), quoted(shown), ""));
  }

  void notFound() {
    errors.accept(new FieldError(FieldError.Type.NOT_FOUND, path(), shown(), ""));
  }

  public void notSupported(List<String> allowed) {
    String list = allowed.stream().map(a -> '"' + a + '"').collect(Collectors.joining(", "));
    errors.accept(
        new FieldError(
            FieldError.Type.NOT_SUPPORTED, path(), shown(), "supported values: " + list));
  }

  void tooMany(int most) {
    errors.accept(
        new FieldError(
            FieldError.Type.TOO_MANY,
            path(),
            Integer.toString(node.size()),
            "must have at most %d items".formatted(most)));
  }

  /// The whole object has no name of its own: upstream writes it `[]`.
  void tooLong(int bytes) {
    errors.accept(
        new FieldError(
            FieldError.Type.TOO_LONG,
            path().isEmpty() ? "[]" : path(),
            "",
            "may not be more than " + bytes + " bytes"));
  }

  private String shown() {
    return isSet() ? node.toString() : "\"\"";
  }

  /// Reports an empty value; true when there is one to look at further.
  public boolean present(String... detail) {
    if (isEmpty()) {
      required(String.join("", detail));
      return false;
    }
    return true;
  }

  void oneOf(String... allowed) {
    if (!isEmpty() && !Arrays.asList(allowed).contains(text())) {
      notSupported(List.of(allowed));
    }
  }

  void atLeast(long least) {
    if (node.isNumber() && node.asLong(0) < least) {
      invalid("must be greater than or equal to " + least);
    }
  }

  void between(long least, long most) {
    if (isSet() && (number(least) < least || number(least) > most)) {
      invalid("must be between %d and %d, inclusive".formatted(least, most));
    }
  }

  void port() {
    if (isSet()) {
      between(1, MAX_PORT);
    }
  }

  /// A port by number or by name.
  void portOrName() {
    if (node.isString()) {
      names(Names.portName(text()));
    } else {
      port();
    }
  }

  /// Reports each complaint of a name check about this value.
  public void names(List<String> complaints) {
    complaints.forEach(this::invalid);
  }

  void dnsLabel() {
    names(NameChecks.dnsLabel(text()));
  }

  void dnsSubdomain() {
    names(NameChecks.dnsSubdomain(text()));
  }

  /// Keys and values of a map of labels.
  void labels() {
    for (var entry : node.properties()) {
      NameChecks.labelKey(entry.getKey())
          .forEach(why -> errors.accept(FieldError.invalid(path(), quoted(entry.getKey()), why)));
      String value = entry.getValue().asString("");
      NameChecks.labelValue(value)
          .forEach(why -> errors.accept(FieldError.invalid(path(), quoted(value), why)));
    }
  }

  static String quoted(String text) {
    return '"' + text + '"';
  }

  void sameAs(JsonNode before) {
    boolean bothEmpty = isEmpty() && new Place("", before, errors).isEmpty();
    if (!bothEmpty && !node.equals(before)) {
      invalid("field is immutable");
    }
  }

  /// Reports a change of this place when what is fixed of it is no longer the same.
  void sameFixed(JsonNode now, JsonNode before) {
    if (!now.equals(before)) {
      invalid("field is immutable");
    }
  }

  /// Reports each item whose field repeats that of an earlier one.
  void distinct(String field) {
    if (node.size() > 1) {
      Set<String> seen = new HashSet<>();
      for (Place item : items()) {
        Place place = item.at(field);
        if (!place.isEmpty() && !seen.add(place.text())) {
          place.duplicate();
        }
      }
    }
  }

  /// The fields of this object that are set, out of a list.
  List<Place> anyOf(List<String> fields) {
    List<Place> set = new ArrayList<>(1);
    for (String field : fields) {
      ifSet(field).ifPresent(set::add);
    }
    return set;
  }

  public Optional<Place> ifSet(String field) {
    return node.hasNonNull(field) ? Optional.of(at(field)) : Optional.empty();
  }
}
