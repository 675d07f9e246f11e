package dev.navarch.node.pods;

import java.util.Map;
import java.util.Optional;

/// `$(NAME)` in commands, arguments and variables: replaced when the name is known, left as it
/// stands otherwise; `$$` is a dollar sign.
final class Expansion {
  private Expansion() {}

  static String expand(String text, Map<String, String> variables) {
    var result = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != '$' || at + 1 == text.length()) {
        result.append(c);
        at++;
        continue;
      }
      char next = text.charAt(at + 1);
      int close = next == '(' ? text.indexOf(')', at) : -1;
      if (close >= 0) {
        String name = text.substring(at + 2, close);
        String value = variables.get(name);
        result.append(value != null ? value : "$(" + name + ")");
        at = close + 1;
      } else if (next == '$') {
        result.append('$');
        at += 2;
      } else {
        result.append(c).append(next);
        at += 2;
      }
    }
    return result.toString();
  }

  /// As {@link #expand}, but empty when a name is not known.
  static Optional<String> expandFully(String text, Map<String, String> variables) {
    String once = expand(text, variables);
    boolean unknown =
        java.util.regex.Pattern.compile("\\$\\(([^)]*)\\)")
            .matcher(text.replace("$$", ""))
            .results()
            .anyMatch(match -> !variables.containsKey(match.group(1)));
    return unknown ? Optional.empty() : Optional.of(once);
  }
}
