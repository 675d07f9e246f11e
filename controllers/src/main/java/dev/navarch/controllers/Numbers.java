package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.IntOrString;
import org.jspecify.annotations.Nullable;

/// Numbers as the API holds them: perhaps missing, perhaps a percentage.
final class Numbers {
  private Numbers() {}

  static int orZero(@Nullable Integer number) {
    return number == null ? 0 : number;
  }

  static long orZero(@Nullable Long number) {
    return number == null ? 0 : number;
  }

  /// A count as most fields of a status hold it: left out when it is zero.
  static @Nullable Integer nullIfZero(long count) {
    return count == 0 ? null : (int) count;
  }

  /// A number, or a percentage of `whole` that is rounded up or down.
  static int resolve(@Nullable IntOrString value, int whole, boolean up) {
    if (value == null) {
      return 0;
    }
    if (value.getIntVal() != null) {
      return value.getIntVal();
    }
    String text = value.getStrVal();
    if (!text.endsWith("%")) {
      throw new IllegalArgumentException("expected a number or a percentage, found " + text);
    }
    long hundredths = Long.parseLong(text.substring(0, text.length() - 1)) * whole;
    return (int) (up ? Math.ceilDiv(hundredths, 100) : Math.floorDiv(hundredths, 100));
  }
}
