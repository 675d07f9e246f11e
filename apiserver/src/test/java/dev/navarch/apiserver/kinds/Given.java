package dev.navarch.apiserver.kinds;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.FieldError;
import dev.navarch.api.Kinds;
import dev.navarch.api.StructuralCheck;
import dev.navarch.api.Yaml;
import dev.navarch.apiserver.kinds.KindRules.Column;
import dev.navarch.apiserver.kinds.KindRules.Row;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// A document as a user writes it, taken the way that the server takes it: defaults of the schema,
/// then of the kind, then every check.
record Given(ObjectNode document, KindRules rules) {
  private static final Kinds KINDS = BuiltInKinds.load();
  static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

  static Given yaml(String text) {
    return of(Yaml.parse(text.getBytes(StandardCharsets.UTF_8)));
  }

  static Given of(ObjectNode document) {
    String apiVersion = document.path("apiVersion").asString("");
    String kind = document.path("kind").asString("");
    var known = KINDS.byKind(apiVersion, kind).orElseThrow();
    dev.navarch.api.Defaults.apply(document, known.schema());
    KindRules rules = KindRulesList.rulesFor(known.group(), kind);
    rules.setDefaults(document);
    return new Given(document, rules);
  }

  List<String> errors() {
    List<FieldError> errors = new ArrayList<>();
    var kind =
        KINDS
            .byKind(document.path("apiVersion").asString(""), document.path("kind").asString(""))
            .orElseThrow();
    errors.addAll(StructuralCheck.check(document, kind.schema()));
    rules.validate(document, errors::add);
    return errors.stream().map(FieldError::toString).toList();
  }

  /// What is said of a status that becomes another.
  List<String> reported(Given next) {
    List<String> errors = new ArrayList<>();
    rules.validateStatusUpdate(next.document, document, error -> errors.add(error.toString()));
    return errors;
  }

  /// What is said of a part that becomes another.
  List<String> changedIn(String part, Given next) {
    List<String> errors = new ArrayList<>();
    rules.validatePartUpdate(part, next.document, document, error -> errors.add(error.toString()));
    return errors;
  }

  List<String> changedTo(Given next) {
    List<String> errors = new ArrayList<>();
    rules.validateUpdate(next.document, document, error -> errors.add(error.toString()));
    return errors;
  }

  Given created() {
    rules.prepareForCreate(document);
    return this;
  }

  String at(String pointer) {
    var value = document.at(pointer);
    return value.isValueNode() ? value.asString("") : value.toString();
  }

  /// The cells of this object's row by column, those of `-o wide` too.
  Map<String, Object> row() {
    Map<String, Object> cells = new LinkedHashMap<>();
    for (Column column : rules.columns()) {
      cells.put(column.name(), column.value().apply(new Row(document, NOW)));
    }
    return cells;
  }
}
