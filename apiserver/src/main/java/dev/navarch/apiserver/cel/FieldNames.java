package dev.navarch.apiserver.cel;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Names of fields as expressions can write them: what is no identifier, or a word that CEL keeps
/// for itself, is escaped (`__dash__`, `__namespace__`).
final class FieldNames {
  private static final Set<String> RESERVED =
      Set.of(
          "true",
          "false",
          "null",
          "in",
          "as",
          "break",
          "const",
          "continue",
          "else",
          "for",
          "function",
          "if",
          "import",
          "let",
          "loop",
          "package",
          "namespace",
          "return",
          "var",
          "void",
          "while");

  /// Characters and their escapes; the doubled underscore first, as the others contain it.
  private static final List<Map.Entry<String, String>> ESCAPES =
      List.of(
          Map.entry("__", "__underscores__"),
          Map.entry(".", "__dot__"),
          Map.entry("-", "__dash__"),
          Map.entry("/", "__slash__"));

  private static final Pattern IDENTIFIER = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
  private static final Pattern ESCAPED = Pattern.compile("__([a-z]+)__");

  private FieldNames() {}

  /// Empty for a name that cannot be written at all.
  static Optional<String> escape(String name) {
    if (RESERVED.contains(name)) {
      return Optional.of("__" + name + "__");
    }
    String escaped = name;
    for (Map.Entry<String, String> escape : ESCAPES) {
      escaped = escaped.replace(escape.getKey(), escape.getValue());
    }
    return IDENTIFIER.matcher(escaped).matches() ? Optional.of(escaped) : Optional.empty();
  }

  static String unescape(String name) {
    if (!name.contains("__")) {
      return name;
    }
    return ESCAPED
        .matcher(name)
        .replaceAll(
            match -> {
              String word = match.group(1);
              return switch (word) {
                case "underscores" -> "__";
                case "dot" -> ".";
                case "dash" -> "-";
                case "slash" -> "/";
                default ->
                    RESERVED.contains(word) && match.group().equals(name) ? word : match.group();
              };
            });
  }
}
