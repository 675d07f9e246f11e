package dev.navarch.apiserver.kinds;

import tools.jackson.databind.JsonNode;

/// Numbers that may also be written as a share: `3` or `25%`.
final class Amounts {
  private static final String PERCENT = "[0-9]+%";

  private Amounts() {}

  static void validate(Place amount) {
    if (!amount.isSet()) {
      return;
    }
    if (!amount.node().isString()) {
      amount.atLeast(0);
    } else if (!amount.text().matches(PERCENT)) {
      amount.invalid(
          "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',"
              + "  or '93%', regex used for validation is '[0-9]+%')");
    }
  }

  static void atMostAll(Place amount) {
    String text = amount.text();
    if (text.matches(PERCENT) && Long.parseLong(text, 0, text.length() - 1, 10) > 100) {
      amount.invalid("must not be greater than 100%");
    }
  }

  static boolean isZero(JsonNode amount) {
    return amount.isString() ? amount.asString("").matches("0+%") : amount.asLong(0) == 0;
  }
}
