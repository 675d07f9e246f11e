package dev.navarch.api.selectors;

import dev.navarch.api.ApiException;
import dev.navarch.api.selectors.LabelSelector.Operator;
import dev.navarch.api.selectors.LabelSelector.Requirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Reads the query form of a label selector. The words `in` and `notin` are operators only where an
/// operator stands; elsewhere they are names like any other.
final class LabelSelectorParser {
  private static final String OPERATORS = "in, notin, =, ==, !=, gt, lt";
  private static final Set<String> SYMBOLS = Set.of("=", "==", "!=", "!", "(", ")", ",", ">", "<");
  private static final String SYMBOL_CHARACTERS = "=!(),><";

  /// A piece of the text; `word` tells names from symbols, and the end is an empty symbol.
  private record Token(String text, boolean word) {
    static final Token END = new Token("", false);

    boolean isEnd() {
      return text.isEmpty();
    }

    boolean is(String symbol) {
      return !word && text.equals(symbol);
    }
  }

  private final List<Token> tokens;
  private int at;

  LabelSelectorParser(String text) {
    this.tokens = tokens(text);
  }

  List<Requirement> parse() {
    List<Requirement> requirements = new ArrayList<>();
    if (peek().isEnd()) {
      return requirements;
    }
    if (!startsRequirement()) {
      throw found(peek(), ", expected: !, identifier, or 'end of string'");
    }
    while (true) {
      requirements.add(requirement());
      Token after = next();
      if (after.isEnd()) {
        return requirements;
      }
      if (!after.is(",")) {
        throw found(after, ", expected: ',' or 'end of string'");
      }
      if (!startsRequirement()) {
        throw found(peek(), ", expected: identifier after ','");
      }
    }
  }

  private boolean startsRequirement() {
    return peek().word || peek().is("!");
  }

  private Requirement requirement() {
    try {
      boolean not = peek().is("!");
      if (not) {
        next();
      }
      Token key = next();
      if (!key.word) {
        throw found(key, ", expected: identifier");
      }
      List<String> errors = NameChecks.labelKey(key.text);
      if (!errors.isEmpty()) {
        throw ApiException.badRequest(
            LabelSelector.invalid("<nil>", key.text, String.join("; ", errors)));
      }
      if (not) {
        return new Requirement(key.text, Operator.NOT_EXISTS, List.of());
      }
      if (peek().isEnd() || peek().is(",")) {
        return new Requirement(key.text, Operator.EXISTS, List.of());
      }
      Operator operator = operator(next());
      List<String> values =
          operator == Operator.IN || operator == Operator.NOT_IN ? values() : List.of(exactValue());
      return LabelSelector.checked(key.text, operator, values);
    } catch (ApiException wrong) {
      throw ApiException.badRequest("unable to parse requirement: " + wrong.error().message());
    }
  }

  private static Operator operator(Token token) {
    return switch (token.text) {
      case "in" -> Operator.IN;
      case "notin" -> Operator.NOT_IN;
      case "=" -> Operator.EQUALS;
      case "==" -> Operator.DOUBLE_EQUALS;
      case "!=" -> Operator.NOT_EQUALS;
      case ">" -> Operator.GREATER;
      case "<" -> Operator.LESS;
      default -> throw found(token, ", expected: " + OPERATORS);
    };
  }

  private String exactValue() {
    if (peek().isEnd() || peek().is(",")) {
      return "";
    }
    Token value = next();
    if (!value.word) {
      throw found(value, ", expected: identifier");
    }
    return value.text;
  }

  /// A list in parentheses; an element may be empty, as in `(a,,b)` and `()`.
  private List<String> values() {
    Token open = next();
    if (!open.is("(")) {
      throw found(open, " expected: '('");
    }
    if (!peek().word && !peek().is(",") && !peek().is(")")) {
      throw found(peek(), ", expected: ',', ')' or identifier");
    }
    List<String> values = new ArrayList<>();
    while (true) {
      values.add(peek().word ? next().text : "");
      Token after = next();
      if (after.is(")")) {
        return values.stream().distinct().sorted().toList();
      }
      if (!after.is(",")) {
        throw found(after, ", expected: ',' or ')'");
      }
    }
  }

  private Token peek() {
    return tokens.get(at);
  }

  private Token next() {
    Token token = tokens.get(at);
    if (!token.isEnd()) {
      at++;
    }
    return token;
  }

  private static ApiException found(Token token, String expected) {
    return ApiException.badRequest("found '" + token.text + "'" + expected);
  }

  private static List<Token> tokens(String text) {
    List<Token> tokens = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      char first = text.charAt(at);
      int start = at++;
      if (isSpace(first)) {
        continue;
      }
      boolean symbol = isSymbol(first);
      while (at < text.length()
          && (symbol
              ? SYMBOLS.contains(text.substring(start, at + 1))
              : !isSymbol(text.charAt(at)) && !isSpace(text.charAt(at)))) {
        at++;
      }
      tokens.add(new Token(text.substring(start, at), !symbol));
    }
    tokens.add(Token.END);
    return tokens;
  }

  private static boolean isSymbol(char character) {
    return SYMBOL_CHARACTERS.indexOf(character) >= 0;
  }

  private static boolean isSpace(char character) {
    return " \t\r\n".indexOf(character) >= 0;
  }
}
