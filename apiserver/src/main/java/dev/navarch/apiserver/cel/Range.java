package dev.navarch.apiserver.cel;

/// Between how much and how much a size or a cost can be; sums and products stop at the largest
/// long, which means without bound.
record Range(long min, long max) {
  static final Range NONE = new Range(0, 0);
  static final Range ONE = new Range(1, 1);
  static final Range UNKNOWN = new Range(0, Long.MAX_VALUE);

  /// What every other range is wider than.
  static final Range EMPTY = new Range(Long.MAX_VALUE, 0);

  static Range exactly(long value) {
    return new Range(value, value);
  }

  Range plus(Range other) {
    return new Range(sum(min, other.min), sum(max, other.max));
  }

  Range times(Range other) {
    return new Range(product(min, other.min), product(max, other.max));
  }

  Range times(double factor) {
    return new Range(scaled(min, factor), scaled(max, factor));
  }

  Range union(Range other) {
    return new Range(Math.min(min, other.min), Math.max(max, other.max));
  }

  private static long sum(long a, long b) {
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
  }

  private static long product(long a, long b) {
    return b != 0 && a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
  }

  private static long scaled(long value, double factor) {
    double scaled = Math.ceil(value * factor);
    return value == Long.MAX_VALUE || scaled >= Long.MAX_VALUE ? Long.MAX_VALUE : (long) scaled;
  }
}
