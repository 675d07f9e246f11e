package dev.navarch.app.local;

/// Something that the user can put right: one sentence on what was found, one on what to do. It
/// never shows a stack trace.
public final class UserError extends RuntimeException {
  private final String remedy;

  public UserError(String found, String remedy) {
    super(found);
    this.remedy = remedy;
  }

  public String remedy() {
    return remedy;
  }
}
