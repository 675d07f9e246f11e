package dev.navarch.apiserver.kinds;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The names that stand inside objects of some kinds: ports, variables, keys of data. Names of
/// objects and labels are checked by `NameChecks`.
final class Names {
  private static final Pattern CONFIG_KEY = Pattern.compile("[-._a-zA-Z0-9]+");
  private static final int CONFIG_KEY_LENGTH = 253;
  private static final Pattern PORT_LETTERS = Pattern.compile("[-a-z0-9]+");

  private Names() {}

  static List<String> configKey(String key) {
    List<String> wrong = new ArrayList<>();
    if (key.length() > CONFIG_KEY_LENGTH) {
      wrong.add("must be no more than 253 bytes");
    }
    if (!CONFIG_KEY.matcher(key).matches()) {
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
    if (!PORT_LETTERS.matcher(name).matches()) {
      wrong.add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if (name.chars().noneMatch(c -> c >= 'a' && c <= 'z')) {
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
    boolean fine = name.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '=');
    return fine
        ? List.of()
        : List.of(
            "a valid environment variable name must consist only of printable ASCII characters"
                + " other than '='");
  }
}
