package dev.navarch.api.apply;

import java.util.Comparator;
import tools.jackson.databind.JsonNode;

/// When two values are the same: numbers by what they amount to, the rest by form.
final class Values {
  private static final Comparator<JsonNode> BY_AMOUNT =
      (one, other) ->
          one.isNumber() && other.isNumber()
              ? one.decimalValue().compareTo(other.decimalValue())
              : one.equals(other) ? 0 : 1;

  private Values() {}

  static boolean same(JsonNode one, JsonNode other) {
    return one.isString() ? one.equals(other) : one.equals(BY_AMOUNT, other);
  }
}
