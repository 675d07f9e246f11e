package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// ConfigMaps: small files and settings, up to a mebibyte together; frozen when marked immutable.
final class ConfigMaps implements KindRules {
  static final int MOST_BYTES = 1024 * 1024;

  @Override
  public void validate(ObjectNode map, Consumer<FieldError> errors) {
    Place root = Place.root(map, errors);
    long bytes = 0;
    for (Place value : root.at("data").values()) {
      key(value);
      if (map.path("binaryData").has(value.mapKey())) {
        value.invalidText(value.mapKey(), "duplicate of key present in binaryData");
      }
      bytes += value.text().length();
    }
    for (Place value : root.at("binaryData").values()) {
      key(value);
      bytes += value.text().length() * 3L / 4;
    }
    if (bytes > MOST_BYTES) {
      root.tooLong(MOST_BYTES);
    }
  }

  /// Checks the key that a value of data stands under.
  static void key(Place value) {
    String key = value.mapKey();
    Names.configKey(key).forEach(why -> value.invalidText(key, why));
  }

  @Override
  public void validateUpdate(ObjectNode map, ObjectNode old, Consumer<FieldError> errors) {
    frozen(map, old, errors, List.of("data", "binaryData"));
  }

  /// Once immutable, always immutable, with the same data.
  static void frozen(
      ObjectNode object, ObjectNode old, Consumer<FieldError> errors, List<String> fields) {
    if (!old.path("immutable").asBoolean(false)) {
      return;
    }
    Place root = Place.root(object, errors);
    if (!root.at("immutable").flag()) {
      root.at("immutable").forbidden("field is immutable when `immutable` is set");
    }
    for (String field : fields) {
      if (!sameMap(object.path(field), old.path(field))) {
        root.at(field).forbidden("field is immutable when `immutable` is set");
      }
    }
  }

  private static boolean sameMap(JsonNode now, JsonNode before) {
    return now.equals(before) || (now.isEmpty() && before.isEmpty());
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.count("Data", "How many keys it holds.", "/data", "/binaryData"),
        Column.AGE);
  }
}
