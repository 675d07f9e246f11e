package dev.navarch.app;

/// Text from elsewhere as a terminal may show it. Characters that move the cursor, change what was
/// printed before or turn the direction of what follows are written out instead: whoever may name
/// an object or report a version must not write on an administrator's screen.
public final class Printable {
  private Printable() {}

  /// One line of text.
  public static String of(String text) {
    return shown(text, false);
  }

  /// Text of several lines.
  public static String lines(String text) {
    return shown(text, true);
  }

  private static String shown(String text, boolean lines) {
    if (text.chars().noneMatch(each -> isHidden((char) each))) {
      return text;
    }
    StringBuilder shown = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      boolean kept = !isHidden(each) || (lines && (each == '\n' || each == '\t'));
      if (kept) {
        shown.append(each);
      } else {
        shown.append("\\u%04x".formatted((int) each));
      }
    }
    return shown.toString();
  }

  private static boolean isHidden(char each) {
    boolean turns =
        (each >= '\u202a' && each <= '\u202e') || (each >= '\u2066' && each <= '\u2069');
    return Character.isISOControl(each) || turns;
  }
}
