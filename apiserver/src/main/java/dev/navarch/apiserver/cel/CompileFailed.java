package dev.navarch.apiserver.cel;

/// An expression that cannot be used: it has no meaning, or names what is not there. The message is
/// for who wrote it.
public final class CompileFailed extends Exception {
  private static final long serialVersionUID = 1;

  CompileFailed(String errors) {
    super("compilation failed: " + errors, null, false, false);
  }

  @Override
  public String getMessage() {
    return java.util.Objects.requireNonNull(super.getMessage());
  }
}
