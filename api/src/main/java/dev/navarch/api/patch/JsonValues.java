package dev.navarch.api.patch;

import java.util.Comparator;
import tools.jackson.databind.JsonNode;

/// When two JSON values are the same: numbers by what they amount to (`1`, `1.0`), whichever Java
/// type holds them, and the rest by form.
final class JsonValues {
  private static final Comparator<JsonNode> BY_AMOUNT =
      (left, right) -> identity(left).equals(identity(right)) ? 0 : 1;

  private JsonValues() {}

  static boolean same(JsonNode left, JsonNode right) {
    return left.equals(BY_AMOUNT, right);
  }

  /// An object that equals that of the same scalar value.
  static Object identity(JsonNode value) {
    return value.isNumber() ? value.decimalValue().stripTrailingZeros() : value;
  }
}
