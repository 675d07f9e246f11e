package dev.navarch.api.selectors;

import dev.navarch.api.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// Finds objects by the values of a few fields: `metadata.name=web,spec.nodeName!=node-1`. A comma,
/// an equals sign or a backslash in a value is written with a backslash before it.
///
/// @param terms all of them must hold; none means every object
public record FieldSelector(List<Term> terms) {
  public static final FieldSelector EVERYTHING = new FieldSelector(List.of());

  public FieldSelector {
    terms = List.copyOf(terms);
  }

  /// One field that must have the value, or must not.
  public record Term(String field, boolean equal, String value) {
    boolean matches(UnaryOperator<String> fields) {
      return fields.apply(field).equals(value) == equal;
    }

    @Override
    public String toString() {
      String escaped = value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=");
      return field + (equal ? "=" : "!=") + escaped;
    }
  }

  /// BadRequest when the text is no selector. Whether a kind knows the fields is checked elsewhere.
  public static FieldSelector parse(String text) {
    List<Term> terms = new ArrayList<>();
    for (String part : split(text)) {
      if (!part.isEmpty()) {
        terms.add(term(text, part));
      }
    }
    return new FieldSelector(terms);
  }

  /// @param fields gives the value of a field, empty when the object has none
  public boolean matches(UnaryOperator<String> fields) {
    return terms.stream().allMatch(term -> term.matches(fields));
  }

  /// The one value that a field must have, when the selector says so.
  public Optional<String> exact(String field) {
    return terms.stream()
        .filter(term -> term.equal && term.field.equals(field))
        .map(Term::value)
        .findFirst();
  }

  @Override
  public String toString() {
    return terms.stream().map(Term::toString).collect(Collectors.joining(","));
  }

  private static Term term(String text, String part) {
    for (int at = 0; at < part.length(); at++) {
      for (String operator : List.of("!=", "==", "=")) {
        if (part.startsWith(operator, at)) {
          return new Term(
              part.substring(0, at),
              !operator.equals("!="),
              unescape(part.substring(at + operator.length())));
        }
      }
    }
    throw ApiException.badRequest(
        "invalid selector: '%s'; can't understand '%s'".formatted(text, part));
  }

  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    for (int at = 0; at < text.length(); at++) {
      if (text.charAt(at) == '\\') {
        at++;
      } else if (text.charAt(at) == ',') {
        parts.add(text.substring(start, at));
        start = at + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static String unescape(String value) {
    StringBuilder plain = new StringBuilder();
    for (int at = 0; at < value.length(); at++) {
      char character = value.charAt(at);
      if (character == '\\') {
        at++;
        if (at == value.length() || "\\,=".indexOf(value.charAt(at)) < 0) {
          throw ApiException.badRequest(
              "invalid field selector: invalid escape sequence: "
                  + value.substring(at - 1, Math.min(at + 1, value.length())));
        }
        plain.append(value.charAt(at));
      } else if (character == '=') {
        throw ApiException.badRequest(
            "invalid field selector: unescaped character in value: " + (int) character);
      } else {
        plain.append(character);
      }
    }
    return plain.toString();
  }
}
