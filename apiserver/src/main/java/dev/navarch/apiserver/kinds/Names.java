package dev.navarch.apiserver.kinds;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// The names that stand inside objects of some kinds: ports, variables, keys of data. Names of
/// objects and labels are checked by `NameChecks`.
final class Names {
  private static final String CONFIG_KEY = "[-._a-zA-Z0-9]+";
  private static final int CONFIG_KEY_LENGTH = 253;

  private Names() {}

  static List<String> configKey(String key) {
    List<String> wrong = new ArrayList<>();
    if (key.length() > CONFIG_KEY_LENGTH) {
      wrong.add("must be no more than 253 bytes");
    }
    if (key.isEmpty() || !all(key, Names::isInConfigKey)) {
      wrong.add(
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g."
              + " 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '"
              + CONFIG_KEY
              + "')");
    }
    if (key.equals(".")) {
      wrong.add("must not be '.'");
    } else if (key.equals("..")) {
      wrong.add("must not be '..'");
    } else if (key.startsWith("..")) {
      wrong.add("must not start with '..'");
    }
    return wrong;
  }

  static List<String> portName(String name) {
    List<String> wrong = new ArrayList<>();
    if (name.length() > 15) {
      wrong.add("must be no more than 15 characters");
    }
    if (name.isEmpty() || !all(name, c -> isSmallLetter(c) || isDigit(c) || c == '-')) {
      wrong.add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if (all(name, c -> !isSmallLetter(c))) {
      wrong.add("must contain at least one letter (a-z)");
    }
    if (name.contains("--")) {
      wrong.add("must not contain consecutive hyphens");
    }
    if (name.startsWith("-") || name.endsWith("-")) {
      wrong.add("must not begin or end with a hyphen");
    }
    return wrong;
  }

  static List<String> environmentVariable(String name) {
    return all(name, c -> c >= ' ' && c <= '~' && c != '=')
        ? List.of()
        : List.of(
            "a valid environment variable name must consist only of printable ASCII characters"
                + " other than '='");
  }

  private static boolean isInConfigKey(int c) {
    return isSmallLetter(c)
        || isDigit(c)
        || (c >= 'A' && c <= 'Z')
        || c == '-'
        || c == '_'
        || c == '.';
  }

  private static boolean isSmallLetter(int c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean all(String text, IntPredicate letters) {
    for (int i = 0; i < text.length(); i++) {
      if (!letters.test(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }
}
