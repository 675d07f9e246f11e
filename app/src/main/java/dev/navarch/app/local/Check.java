package dev.navarch.app.local;

/// One thing that the machine must have, as `doctor` and `up` look at it.
///
/// @param subject what was looked at
/// @param found what is there
/// @param remedy what to do about it; empty when all is well
public record Check(Level level, String subject, String found, String remedy) {

  /// How much it matters.
  public enum Level {
    OK,
    /// It will work, with a loss that `found` names.
    WARNING,
    /// It cannot work.
    FAILURE
  }

  static Check ok(String subject, String found) {
    return new Check(Level.OK, subject, found, "");
  }

  static Check warning(String subject, String found, String remedy) {
    return new Check(Level.WARNING, subject, found, remedy);
  }

  static Check failure(String subject, String found, String remedy) {
    return new Check(Level.FAILURE, subject, found, remedy);
  }

  @Override
  public String toString() {
    String mark =
        switch (level) {
          case OK -> "ok     ";
          case WARNING -> "warning";
          case FAILURE -> "FAILED ";
        };
    return "%s  %-18s %s%s"
        .formatted(mark, subject, found, remedy.isEmpty() ? "" : "\n           → " + remedy);
  }
}
