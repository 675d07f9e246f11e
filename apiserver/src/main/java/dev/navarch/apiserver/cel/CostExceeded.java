package dev.navarch.apiserver.cel;

/// An expression took more than it may; no operator swallows this.
public final class CostExceeded extends EvaluationFailed {
  private static final long serialVersionUID = 1;
  private final boolean ofBudget;

  private CostExceeded(String message, boolean ofBudget) {
    super(message);
    this.ofBudget = ofBudget;
  }

  static CostExceeded ofCall() {
    return new CostExceeded("operation cancelled: actual cost limit exceeded", false);
  }

  static CostExceeded ofBudget() {
    return new CostExceeded(
        "validation failed due to running out of cost budget, no further validation rules will be"
            + " run",
        true);
  }

  static CostExceeded interrupted() {
    return new CostExceeded("operation interrupted", false);
  }

  /// Whether a whole request's budget is used up, not only what one expression may take.
  public boolean isOfBudget() {
    return ofBudget;
  }
}
