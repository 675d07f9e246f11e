package dev.navarch.node.pods;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// The variables of a file that a container has written: lines of `NAME='value'`, in single quotes
/// and taken literally, also over several lines; blank lines and lines that begin with `#` count
/// for nothing. Whatever else a shell would understand is refused.
final class EnvFile {
  private static final Pattern NAME = Pattern.compile("[\\x20-\\x3c\\x3e-\\x7e]+");

  private final String text;
  private int at;
  private int line = 1;

  /// What is wrong with the file, and where.
  static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed(int line, String why) {
      super("line %d: %s".formatted(line, why), null, false, false);
    }

    String why() {
      return String.valueOf(getMessage());
    }
  }

  private EnvFile(String text) {
    this.text = text.replace("\r\n", "\n");
  }

  static Map<String, String> parse(String text) {
    return new EnvFile(text).parse();
  }

  private Map<String, String> parse() {
    Map<String, String> variables = new LinkedHashMap<>();
    while (at < text.length()) {
      int end = end('\n');
      String rest = text.substring(at, end).stripLeading();
      if (rest.isEmpty() || rest.startsWith("#")) {
        at = end + 1;
        line++;
      } else {
        variable(variables);
      }
    }
    return variables;
  }

  private void variable(Map<String, String> into) {
    int equals = text.indexOf('=', at);
    if (equals < 0 || equals > end('\n')) {
      throw new Malformed(line, "found no '=', expected NAME='value'");
    }
    String name = text.substring(at, equals).strip();
    if (!NAME.matcher(name).matches() || name.contains(" ")) {
      throw new Malformed(line, "\"%s\" is no name of a variable".formatted(name));
    }
    at = equals + 1;
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
    if (at >= text.length() || text.charAt(at) != '\'') {
      throw new Malformed(line, "the value of %s has to stand in single quotes".formatted(name));
    }
    int close = text.indexOf('\'', at + 1);
    if (close < 0) {
      throw new Malformed(line, "the value of %s has no closing quote".formatted(name));
    }
    String value = text.substring(at + 1, close);
    at = close + 1;
    int end = end('\n');
    if (!text.substring(at, end).isBlank()) {
      throw new Malformed(
          line,
          "found \"%s\" after the value of %s".formatted(text.substring(at, end).strip(), name));
    }
    line += 1 + (int) value.chars().filter(c -> c == '\n').count();
    at = end + 1;
    into.put(name, value);
  }

  private int end(char mark) {
    int found = text.indexOf(mark, at);
    return found < 0 ? text.length() : found;
  }
}
