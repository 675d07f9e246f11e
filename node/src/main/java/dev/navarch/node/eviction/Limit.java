package dev.navarch.node.eviction;

import dev.navarch.api.Quantity;

/// An amount, or a share of what there is.
public sealed interface Limit {
  record Amount(Quantity quantity) implements Limit {}

  record Percent(double percent) implements Limit {}

  static Limit parse(String text) {
    return text.endsWith("%")
        ? new Percent(Double.parseDouble(text.substring(0, text.length() - 1)))
        : new Amount(Quantity.parse(text));
  }

  default long of(long capacity) {
    return switch (this) {
      case Amount amount -> amount.quantity().value();
      case Percent percent -> (long) (capacity * percent.percent() / 100);
    };
  }

  /// `0%` and `100%` switch a threshold off.
  default boolean isOff() {
    return this instanceof Percent(double percent) && (percent <= 0 || percent >= 100);
  }
}
