package dev.navarch.apiserver.cel;

/// What the expressions of one request may cost together, in upstream's units (about 50 ns each).
/// Not for use by several threads at a time.
public final class Budget {
  /// What one evaluation of one expression may cost.
  public static final long PER_CALL = 1_000_000;

  /// What all validation rules of a custom resource, or all expressions of one policy, may cost.
  public static final long PER_REQUEST = 10_000_000;

  /// What the match conditions of one webhook or policy may cost.
  public static final long PER_MATCH = 250_000;

  private long remaining;

  private Budget(long remaining) {
    this.remaining = remaining;
  }

  public static Budget of(long cost) {
    return new Budget(cost);
  }

  public long remaining() {
    return remaining;
  }

  /// Pays for what an evaluation has cost.
  void pay(long cost) {
    remaining -= cost;
    if (remaining < 0) {
      remaining = 0;
      throw CostExceeded.ofBudget();
    }
  }
}
