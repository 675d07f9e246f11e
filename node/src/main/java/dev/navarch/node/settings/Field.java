package dev.navarch.node.settings;

import java.util.Arrays;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// One field of `KubeletConfiguration`.
///
/// @param path with dots, as `authentication.anonymous.enabled`
/// @param preset what holds when nobody says otherwise; missing for nothing
/// @param fixed whether the agent can do nothing else than the preset
/// @param why it cannot; empty when there is no more to say
record Field(String path, Form form, JsonNode preset, boolean fixed, String why) {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private Field(String path, Form form, JsonNode preset, boolean fixed) {
    this(path, form, preset, fixed, "");
  }

  static Field text(String path, String preset) {
    return new Field(path, Form.TEXT, NODES.stringNode(preset), false);
  }

  static Field path(String path, String preset) {
    return new Field(path, Form.PATH, NODES.stringNode(preset), false);
  }

  static Field duration(String path, String preset) {
    return new Field(path, Form.DURATION, NODES.stringNode(preset), false);
  }

  static Field quantity(String path, String preset) {
    return new Field(path, Form.QUANTITY, NODES.stringNode(preset), false);
  }

  static Field flag(String path, boolean preset) {
    return new Field(path, Form.FLAG, NODES.booleanNode(preset), false);
  }

  static Field number(String path, long least, long most, long preset) {
    return new Field(path, Form.number(least, most), NODES.numberNode(preset), false);
  }

  /// The first word holds when nobody says otherwise.
  static Field choice(String path, String... words) {
    return new Field(path, Form.choice(words), NODES.stringNode(words[0]), false);
  }

  static Field list(String path, Form each, String... preset) {
    return new Field(path, Form.list(each), array(preset), false);
  }

  static Field map(String path, Form form) {
    return new Field(path, form, NODES.objectNode(), false);
  }

  /// Without a value unless somebody states one.
  static Field optional(String path, Form form) {
    return new Field(path, form, NODES.missingNode(), false);
  }

  /// Upstream takes it, and does nothing with it either.
  static Field withoutEffect(String path) {
    return new Field(path, Form.ANY, NODES.missingNode(), false);
  }

  Field of(Form narrower) {
    return new Field(path, narrower, preset, fixed);
  }

  /// With the reason for which nothing else is supported.
  Field because(String reason) {
    return new Field(path, form, preset, fixed, reason);
  }

  /// The agent does it this way and no other.
  static Field only(String path, Object value) {
    JsonNode node =
        switch (value) {
          case Boolean flag -> NODES.booleanNode(flag);
          case Number number -> NODES.numberNode(number.longValue());
          default -> NODES.stringNode(value.toString());
        };
    return new Field(path, Form.ANY, node, true);
  }

  /// The agent has nothing for it.
  static Field never(String path) {
    return new Field(path, Form.ANY, NODES.missingNode(), true);
  }

  /// What is wrong with a value of this field.
  Optional<String> complaint(JsonNode value) {
    if (fixed && preset.isMissingNode()) {
      return isEmpty(value)
          ? Optional.empty()
          : Optional.of(
              "%s: found %s, this agent does not support the field%s"
                  .formatted(path, value, reason()));
    }
    if (fixed) {
      return value.equals(preset) || same(value)
          ? Optional.empty()
          : Optional.of(
              "%s: found %s, this agent supports only %s%s"
                  .formatted(path, value, preset, reason()));
    }
    return form.fits().test(value)
        ? Optional.empty()
        : Optional.of("%s: found %s, expected %s".formatted(path, value, form.expected()));
  }

  private String reason() {
    return why.isEmpty() ? "" : " (" + why + ")";
  }

  private boolean same(JsonNode value) {
    return value.isNumber() && preset.isNumber() && value.asLong() == preset.asLong();
  }

  private static boolean isEmpty(JsonNode value) {
    return value.isNull()
        || (value.isContainer() && value.isEmpty())
        || (value.isString() && value.asString().isEmpty());
  }

  private static ArrayNode array(String... words) {
    ArrayNode array = NODES.arrayNode();
    Arrays.stream(words).forEach(array::add);
    return array;
  }
}
