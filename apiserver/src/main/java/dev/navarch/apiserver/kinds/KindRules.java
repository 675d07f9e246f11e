package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What one kind needs beyond its schema: defaulting that looks at other fields, validation, what a
/// create or update resets, and what `kubectl get` shows. All methods work on document trees; those
/// that change the object do so in place.
public interface KindRules {

  /// Fills in what upstream's defaulting would, after the schema's own defaults.
  default void setDefaults(ObjectNode object) {}

  /// Called before validation of a create: clears or sets what clients may not choose (status,
  /// allocated values).
  default void prepareForCreate(ObjectNode object) {}

  /// Called before validation of an update of the object itself (not of a subresource): keeps what
  /// that may not change. Metadata and status were taken care of by the registry.
  default void prepareForUpdate(ObjectNode object, ObjectNode old) {}

  /// Called before validation of an update of the status: keeps what reporters may leave out.
  default void prepareForStatusUpdate(ObjectNode object, ObjectNode old) {}

  /// Reports every rule that a new object breaks. Metadata was checked by the registry, words that
  /// the schema lists by the structural check.
  default void validate(ObjectNode object, Consumer<FieldError> errors) {}

  /// Reports every rule that the change breaks: immutable fields. {@link #validate} runs as well.
  default void validateUpdate(ObjectNode object, ObjectNode old, Consumer<FieldError> errors) {}

  /// Reports everything that is wrong with a changed object.
  default void validateChange(ObjectNode object, ObjectNode old, Consumer<FieldError> errors) {
    validate(object, errors);
    validateUpdate(object, old, errors);
  }

  /// Reports every rule that a status update breaks.
  default void validateStatusUpdate(
      ObjectNode object, ObjectNode old, Consumer<FieldError> errors) {}

  /// Reports every rule that an update of a part breaks: `approval`, `ephemeralcontainers`,
  /// `resize`, `finalize`.
  default void validatePartUpdate(
      String part, ObjectNode object, ObjectNode old, Consumer<FieldError> errors) {}

  /// Called when an object that does not go at once is marked as on its way out.
  default void prepareForDelete(ObjectNode object) {}

  /// Whether objects may still be created.
  default boolean takesNewObjects() {
    return true;
  }

  /// What everybody is told who uses this version; empty for nothing.
  default String warning() {
    return "";
  }

  /// Where the scale subresource finds its numbers.
  default ScaleFields scale() {
    return ScaleFields.DEFAULT;
  }

  /// Whether finalizers need not name a domain.
  default boolean takesAnyFinalizer() {
    return false;
  }

  /// How names of this kind are checked.
  default NameRule nameRule() {
    return NameRule.DNS_SUBDOMAIN;
  }

  /// Field selectors beyond `metadata.name` and `metadata.namespace`.
  default Map<String, Function<JsonNode, String>> selectableFields() {
    return Map.of();
  }

  /// The columns of the kind's table after none (the registry adds nothing): usually Name first and
  /// Age last.
  default List<Column> columns() {
    return List.of(Column.NAME, Column.AGE);
  }

  /// Whether generation goes up when the spec changes; kinds without one say no.
  default boolean hasGeneration() {
    return true;
  }

  /// Whether a create may bring a status along: for objects that their own reporters create.
  default boolean keepsStatusOnCreate() {
    return false;
  }

  /// Whether the server says since when conditions hold that come without a time.
  default boolean datesConditions() {
    return false;
  }

  /// Whether an update may come without a resourceVersion, and overwrite whatever is there.
  default boolean allowsUnconditionalUpdate() {
    return true;
  }

  /// Seconds between the request to delete and the end, when the client names none; null for at
  /// once.
  default @Nullable Long gracePeriod(ObjectNode object) {
    return null;
  }

  /// Places in an object, as JSON pointers.
  ///
  /// @param selector empty when the selector is `spec.selector`, and no text
  record ScaleFields(String replicas, String statusReplicas, String selector) {
    static final ScaleFields DEFAULT = new ScaleFields("/spec/replicas", "/status/replicas", "");
  }

  /// The forms that a name may take.
  enum NameRule {
    DNS_SUBDOMAIN,
    DNS_LABEL,
    /// DNS label of RFC 1035: begins with a letter.
    DNS_1035_LABEL,
    /// One path segment: no `/`, no `%`, not `.` or `..` (RBAC).
    PATH_SEGMENT
  }

  /// One column.
  ///
  /// @param type `string`, `integer`, `date`, `boolean`
  /// @param format `name` for the first column, else empty
  /// @param priority 0 for always, above that only with `-o wide`
  /// @param value string, number or boolean for a cell; dates are already human ages
  record Column(
      String name,
      String type,
      String format,
      String description,
      int priority,
      Function<Row, Object> value) {
    public static final Column NAME =
        new Column(
            "Name",
            "string",
            "name",
            "The object's name, unique within its namespace and kind.",
            0,
            row -> row.object().path("metadata").path("name").asString(""));
    public static final Column AGE =
        new Column(
            "Age",
            "string",
            "",
            "How long ago the object was created.",
            0,
            row -> Ages.since(row.object().path("metadata").path("creationTimestamp"), row.now()));
  }

  /// An object to be shown, and the time to measure ages by.
  record Row(ObjectNode object, java.time.Instant now) {}
}
