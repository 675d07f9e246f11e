package dev.navarch.api.selectors;

import dev.navarch.api.ApiException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Finds objects by their labels: all requirements must hold. It comes in a query form
/// (`app=web,tier in (a,b),!canary`) and in the object form of specs (`matchLabels`,
/// `matchExpressions`); both are checked, and what is wrong is an `ApiException` BadRequest.
///
/// @param nothing matches no object at all: what a missing selector means in a spec
/// @param requirements sorted by key; none of them means every object
public record LabelSelector(boolean nothing, List<Requirement> requirements) {
  public static final LabelSelector EVERYTHING = new LabelSelector(false, List.of());
  public static final LabelSelector NOTHING = new LabelSelector(true, List.of());

  public LabelSelector {
    requirements = requirements.stream().sorted(Comparator.comparing(Requirement::key)).toList();
  }

  /// How a label relates to the values.
  public enum Operator {
    IN("in"),
    NOT_IN("notin"),
    EQUALS("="),
    DOUBLE_EQUALS("=="),
    NOT_EQUALS("!="),
    GREATER("gt"),
    LESS("lt"),
    EXISTS("exists"),
    NOT_EXISTS("!");

    private final String text;

    Operator(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /// One condition on one label.
  ///
  /// @param values sorted, without duplicates
  public record Requirement(String key, Operator operator, List<String> values) {
    public Requirement {
      values = List.copyOf(new TreeSet<>(values));
    }

    boolean matches(Map<String, String> labels) {
      String value = labels.get(key);
      return switch (operator) {
        case IN, EQUALS, DOUBLE_EQUALS -> value != null && values.contains(value);
        case NOT_IN, NOT_EQUALS -> value == null || !values.contains(value);
        case EXISTS -> value != null;
        case NOT_EXISTS -> value == null;
        case GREATER -> compared(value).filter(order -> order > 0).isPresent();
        case LESS -> compared(value).filter(order -> order < 0).isPresent();
      };
    }

    private Optional<Integer> compared(@Nullable String value) {
      if (value == null) {
        return Optional.empty();
      }
      try {
        return Optional.of(Long.compare(Long.parseLong(value), Long.parseLong(values.getFirst())));
      } catch (NumberFormatException notANumber) {
        return Optional.empty();
      }
    }

    @Override
    public String toString() {
      String joined = String.join(",", values);
      return switch (operator) {
        case IN, NOT_IN -> key + " " + operator + " (" + joined + ")";
        case EQUALS, DOUBLE_EQUALS, NOT_EQUALS -> key + operator + joined;
        case GREATER -> key + ">" + joined;
        case LESS -> key + "<" + joined;
        case EXISTS -> key;
        case NOT_EXISTS -> "!" + key;
      };
    }
  }

  /// The query form; an empty text selects everything.
  public static LabelSelector parse(String text) {
    return new LabelSelector(false, new LabelSelectorParser(text).parse());
  }

  /// The object form; a missing selector selects nothing, an empty one everything.
  public static LabelSelector of(@Nullable JsonNode selector) {
    if (selector == null || !selector.isObject()) {
      return NOTHING;
    }
    List<Requirement> requirements = new ArrayList<>();
    for (var label : selector.path("matchLabels").properties()) {
      requirements.add(
          checked(label.getKey(), Operator.EQUALS, List.of(label.getValue().asString(""))));
    }
    for (JsonNode expression : selector.path("matchExpressions")) {
      List<String> values =
          expression.path("values").valueStream().map(value -> value.asString("")).toList();
      requirements.add(
          checked(
              expression.path("key").asString(""),
              operator(expression.path("operator").asString("")),
              values));
    }
    return new LabelSelector(false, requirements);
  }

  /// All of these labels with these values; an empty map selects everything. Not checked.
  public static LabelSelector of(Map<String, String> labels) {
    return new LabelSelector(
        false,
        labels.entrySet().stream()
            .map(
                label ->
                    new Requirement(label.getKey(), Operator.EQUALS, List.of(label.getValue())))
            .toList());
  }

  public boolean matches(Map<String, String> labels) {
    return !nothing && requirements.stream().allMatch(each -> each.matches(labels));
  }

  /// Matches the labels of an object.
  public boolean matchesObject(JsonNode object) {
    Map<String, String> labels = new TreeMap<>();
    object
        .path("metadata")
        .path("labels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
    return matches(labels);
  }

  public boolean isEverything() {
    return !nothing && requirements.isEmpty();
  }

  /// The query form.
  @Override
  public String toString() {
    return requirements.stream().map(Requirement::toString).collect(Collectors.joining(","));
  }

  private static Operator operator(String name) {
    return switch (name) {
      case "In" -> Operator.IN;
      case "NotIn" -> Operator.NOT_IN;
      case "Exists" -> Operator.EXISTS;
      case "DoesNotExist" -> Operator.NOT_EXISTS;
      default ->
          throw ApiException.badRequest(
              "\"%s\" is not a valid label selector operator".formatted(name));
    };
  }

  /// A requirement that keeps to the rules, or BadRequest with every rule that it breaks.
  static Requirement checked(String key, Operator operator, List<String> values) {
    List<String> errors = new ArrayList<>();
    String shown = "[" + String.join(" ", values) + "]";
    List<String> keyErrors = NameChecks.labelKey(key);
    if (!keyErrors.isEmpty()) {
      errors.add(invalid("key", key, String.join("; ", keyErrors)));
    }
    switch (operator) {
      case IN, NOT_IN -> {
        if (values.isEmpty()) {
          errors.add(
              invalid("values", shown, "for 'in', 'notin' operators, values set can't be empty"));
        }
      }
      case EQUALS, DOUBLE_EQUALS, NOT_EQUALS -> {
        if (values.size() != 1) {
          errors.add(
              invalid("values", shown, "exact-match compatibility requires one single value"));
        }
      }
      case EXISTS, NOT_EXISTS -> {
        if (!values.isEmpty()) {
          errors.add(
              invalid("values", shown, "values set must be empty for exists and does not exist"));
        }
      }
      case GREATER, LESS -> {
        if (values.size() != 1) {
          errors.add(
              invalid("values", shown, "for 'Gt', 'Lt' operators, exactly one value is required"));
        }
        for (int i = 0; i < values.size(); i++) {
          if (!isInteger(values.get(i))) {
            errors.add(
                invalid(
                    "values[" + i + "]",
                    values.get(i),
                    "for 'Gt', 'Lt' operators, the value must be an integer"));
          }
        }
      }
    }
    for (int i = 0; i < values.size(); i++) {
      List<String> valueErrors = NameChecks.labelValue(values.get(i));
      if (!valueErrors.isEmpty()) {
        errors.add(
            invalid(
                "values[" + i + "][" + key + "]", values.get(i), String.join("; ", valueErrors)));
      }
    }
    if (!errors.isEmpty()) {
      throw ApiException.badRequest(
          errors.size() == 1 ? errors.getFirst() : "[" + String.join(", ", errors) + "]");
    }
    return new Requirement(key, operator, values);
  }

  static String invalid(String field, String value, String why) {
    return "%s: Invalid value: \"%s\": %s".formatted(field, value, why);
  }

  private static boolean isInteger(String text) {
    try {
      Long.parseLong(text);
      return true;
    } catch (NumberFormatException notANumber) {
      return false;
    }
  }
}
