package dev.navarch.apiserver.custom;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/// The JSONPath of printer columns: fields, indices, wildcards, descents and filters, as
/// `.status.conditions[?(@.type=="Ready")].status`.
public final class JsonPath {
  private final List<Step> steps;

  private JsonPath(List<Step> steps) {
    this.steps = List.copyOf(steps);
  }

  private sealed interface Step {}

  /// From all nodes found so far to these and all below them.
  private record Descend() implements Step {}

  /// From each node found so far to some right below it.
  private sealed interface Below extends Step {
    record Field(String name) implements Below {}

    record Element(int index) implements Below {}

    /// Negative numbers count from the end.
    ///
    /// @param end exclusive; the largest number for all
    record Slice(int start, int end) implements Below {}

    record All() implements Below {}

    record Filter(Predicate<JsonNode> wanted) implements Below {}
  }

  /// @throws IllegalArgumentException for text that is no path, saying why
  public static JsonPath parse(String text) {
    return new JsonPath(new Parser(text).steps());
  }

  /// What the path leads to, in order; nothing where it leads nowhere.
  public List<JsonNode> of(JsonNode root) {
    List<JsonNode> found = List.of(root);
    for (Step step : steps) {
      List<JsonNode> next = new ArrayList<>();
      switch (step) {
        case Descend() -> {
          Set<JsonNode> seen = Collections.newSetFromMap(new IdentityHashMap<>());
          found.forEach(node -> descend(node, seen, next));
        }
        case Below below -> found.forEach(node -> take(node, below, next));
      }
      found = next;
    }
    return found;
  }

  /// Takes what holds others once, however many ways lead there: or descents in a row would double
  /// it each time.
  private static void descend(JsonNode node, Set<JsonNode> seen, List<JsonNode> into) {
    if (!node.isContainer() || seen.add(node)) {
      into.add(node);
      node.values().forEach(child -> descend(child, seen, into));
    }
  }

  private static void take(JsonNode node, Below step, List<JsonNode> into) {
    switch (step) {
      case Below.Field(String name) -> {
        if (node.isObject() && node.has(name)) {
          into.add(node.path(name));
        }
      }
      case Below.Element(int index) -> {
        int at = index < 0 ? node.size() + index : index;
        if (node.isArray() && node.has(at)) {
          into.add(node.path(at));
        }
      }
      case Below.Slice(int start, int end) -> {
        int size = node.isArray() ? node.size() : 0;
        int last = Math.min(end < 0 ? size + end : end, size);
        for (int i = Math.max(start < 0 ? size + start : start, 0); i < last; i++) {
          into.add(node.path(i));
        }
      }
      case Below.All() -> node.values().forEach(into::add);
      case Below.Filter(Predicate<JsonNode> wanted) ->
          node.values().stream().filter(wanted).forEach(into::add);
    }
  }

  private static final class Parser {
    private final String text;
    private final List<Step> steps = new ArrayList<>();
    private int at;

    Parser(String text) {
      this.text =
          text.startsWith("{") && text.endsWith("}") ? text.substring(1, text.length() - 1) : text;
    }

    List<Step> steps() {
      if (text.startsWith("$") || text.startsWith("@")) {
        at++;
      }
      while (at < text.length()) {
        switch (text.charAt(at)) {
          case '.' -> {
            at++;
            if (text.startsWith(".", at)) {
              steps.add(new Descend());
            } else if (at < text.length() && text.charAt(at) != '[') {
              name();
            }
          }
          case '[' -> bracket();
          default -> name();
        }
      }
      return steps;
    }

    private void name() {
      StringBuilder name = new StringBuilder();
      while (at < text.length() && ".[".indexOf(text.charAt(at)) < 0) {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        name.append(text.charAt(at++));
      }
      if (name.isEmpty()) {
        throw new IllegalArgumentException("a field has no name");
      }
      steps.add(name.toString().equals("*") ? new Below.All() : new Below.Field(name.toString()));
    }

    private void bracket() {
      int end = closing();
      String inside = text.substring(at + 1, end).strip();
      at = end + 1;
      if (inside.startsWith("?(") && inside.endsWith(")")) {
        steps.add(new Below.Filter(filter(inside.substring(2, inside.length() - 1).strip())));
      } else if (inside.equals("*")) {
        steps.add(new Below.All());
      } else if (isQuoted(inside)) {
        steps.add(new Below.Field(unquoted(inside)));
      } else {
        steps.add(position(inside));
      }
    }

    private int closing() {
      int depth = 0;
      char quote = 0;
      for (int i = at; i < text.length(); i++) {
        char c = text.charAt(i);
        if (quote != 0) {
          quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
          quote = c;
        } else if (c == '[') {
          depth++;
        } else if (c == ']' && --depth == 0) {
          return i;
        }
      }
      throw new IllegalArgumentException("unterminated array");
    }

    private static Step position(String inside) {
      try {
        int colon = inside.indexOf(':');
        if (colon < 0) {
          return new Below.Element(Integer.parseInt(inside));
        }
        String start = inside.substring(0, colon).strip();
        String end = inside.substring(colon + 1).strip();
        return new Below.Slice(
            start.isEmpty() ? 0 : Integer.parseInt(start),
            end.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(end));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("invalid array index " + inside, e);
      }
    }

    private static Predicate<JsonNode> filter(String condition) {
      for (String operator : List.of("==", "!=", "<=", ">=", "<", ">")) {
        int found = condition.indexOf(operator);
        if (found > 0) {
          JsonPath left = parse(condition.substring(0, found).strip());
          String right = condition.substring(found + operator.length()).strip();
          return node ->
              left.of(node).stream().anyMatch(value -> holds(value, operator, right, node));
        }
      }
      JsonPath there = parse(condition);
      return node -> !there.of(node).isEmpty();
    }

    private static boolean holds(JsonNode value, String operator, String right, JsonNode node) {
      int order;
      if (value.isNumber() && !isQuoted(right)) {
        try {
          order = Double.compare(value.asDouble(), Double.parseDouble(right));
        } catch (NumberFormatException e) {
          return false;
        }
      } else {
        String other =
            right.startsWith("@")
                ? parse(right).of(node).stream().findFirst().map(n -> n.asString("")).orElse("")
                : unquoted(right);
        order = value.asString("").compareTo(other);
      }
      return switch (operator) {
        case "==" -> order == 0;
        case "!=" -> order != 0;
        case "<=" -> order <= 0;
        case ">=" -> order >= 0;
        case "<" -> order < 0;
        default -> order > 0;
      };
    }

    private static boolean isQuoted(String text) {
      return text.length() > 1
          && (text.charAt(0) == '"' || text.charAt(0) == '\'')
          && text.charAt(text.length() - 1) == text.charAt(0);
    }

    private static String unquoted(String text) {
      return isQuoted(text) ? text.substring(1, text.length() - 1) : text;
    }
  }
}
