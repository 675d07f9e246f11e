package dev.navarch.apiserver.cel;

/// An expression came to an error instead of a value: a missing key, a number out of range. Errors
/// are values in CEL (`a || b` may swallow one), so this carries no stack trace.
public sealed class EvaluationFailed extends RuntimeException permits CostExceeded {
  private static final long serialVersionUID = 1;

  public EvaluationFailed(String message) {
    super(message, null, false, false);
  }

  static EvaluationFailed noSuchOverload() {
    return new EvaluationFailed("no such overload");
  }

  static EvaluationFailed noSuchKey(Object key) {
    return new EvaluationFailed("no such key: " + key);
  }

  @Override
  public String getMessage() {
    return java.util.Objects.requireNonNull(super.getMessage());
  }
}
