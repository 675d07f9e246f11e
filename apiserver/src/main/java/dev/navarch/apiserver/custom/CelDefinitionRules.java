package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.apiserver.cel.DeclaredType;
import dev.navarch.apiserver.cel.Environment;
import dev.navarch.apiserver.cel.Expression;
import dev.navarch.apiserver.cel.StructuralTypes;
import dev.navarch.apiserver.kinds.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// What a definition's validation rules must keep to: they compile against their schema's types,
/// and are sure to be cheap, however large an object its schema allows.
final class CelDefinitionRules {
  private static final long MOST_PER_RULE = 10_000_000;
  private static final long MOST_PER_DEFINITION = 100_000_000;
  private static final int MOST_NAMED = 4;
  private static final List<String> REASONS =
      List.of(
          "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired");

  private final Consumer<FieldError> errors;
  private final List<Cost> costs = new ArrayList<>();
  private long total;

  private record Cost(Place rule, long cost) {}

  CelDefinitionRules(Consumer<FieldError> errors) {
    this.errors = errors;
  }

  /// @param schema a structural schema of whole objects
  void check(Place schema) {
    walk(schema, "root", true, OptionalLong.of(1), "");
    if (total > MOST_PER_DEFINITION) {
      costs.stream()
          .sorted(Comparator.comparingLong(Cost::cost).reversed())
          .limit(MOST_NAMED)
          .forEach(
              cost ->
                  cost.rule()
                      .forbidden(
                          "contributed to estimated rule cost total exceeding cost limit for entire"
                              + " OpenAPIv3 schema"));
      schema.forbidden(
          tooExpensive(
              "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema",
              total,
              MOST_PER_DEFINITION));
    }
  }

  /// @param most how many values of this schema an object can hold; empty for any number
  /// @param rootless the place above which old values cannot be found; empty when they can
  private void walk(Place schema, String name, boolean root, OptionalLong most, String rootless) {
    boolean whole = root || schema.at("x-kubernetes-embedded-resource").flag();
    rules(schema, name, whole, most, rootless);
    OptionalLong below = times(most, elements(schema.node()));
    boolean atomic = schema.at("x-kubernetes-map-type").text().equals("atomic");
    for (var property : schema.node().path("properties").properties()) {
      walk(
          schema.at("properties").child(property.getKey()),
          name + "." + property.getKey(),
          false,
          below,
          atomic ? schema.path() : rootless);
    }
    if (schema.at("items").node().isObject()) {
      boolean keyed = schema.at("x-kubernetes-list-type").text().equals("map");
      walk(schema.at("items"), name + ".@items", false, below, keyed ? rootless : schema.path());
    }
    if (schema.at("additionalProperties").node().isObject()) {
      walk(
          schema.at("additionalProperties"),
          name + ".@values",
          false,
          below,
          atomic ? schema.path() : rootless);
    }
  }

  private static OptionalLong elements(JsonNode schema) {
    return switch (schema.path("type").asString("")) {
      case "array" -> limit(schema, "maxItems");
      case "object" ->
          schema.path("additionalProperties").isMissingNode()
              ? OptionalLong.of(1)
              : limit(schema, "maxProperties");
      default -> OptionalLong.of(1);
    };
  }

  private static OptionalLong limit(JsonNode schema, String field) {
    return schema.has(field)
        ? OptionalLong.of(Math.max(0, schema.path(field).asLong(0)))
        : OptionalLong.empty();
  }

  private static OptionalLong times(OptionalLong one, OptionalLong other) {
    return one.isEmpty() || other.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(product(one.getAsLong(), other.getAsLong()));
  }

  private static long product(long one, long other) {
    long high = Math.multiplyHigh(one, other);
    return high != 0 || one * other < 0 ? Long.MAX_VALUE : one * other;
  }

  private void rules(Place schema, String name, boolean whole, OptionalLong most, String rootless) {
    List<Place> sources = schema.at("x-kubernetes-validations").items();
    if (sources.isEmpty()) {
      return;
    }
    Optional<DeclaredType> type = StructuralTypes.of(name, schema.node(), whole);
    Map<Boolean, Environment> environments = new HashMap<>();
    for (Place source : sources) {
      if (!formed(source, schema)) {
        continue;
      }
      if (type.isEmpty()) {
        source
            .at("rule")
            .invalid("compilation failed: no type is known of the values that the rule is about");
        continue;
      }
      Environment environment =
          environments.computeIfAbsent(
              ValidationRule.isOptionalOld(source.node()),
              optional -> ValidationRule.environment(type.get(), optional));
      try {
        accept(
            source, ValidationRule.compile(source.node(), type.get(), environment), most, rootless);
      } catch (ValidationRule.Refused e) {
        Place at = source.at(e.field());
        errors.accept(FieldError.invalid(at.path(), source.node().toString(), e.getMessage()));
      }
    }
  }

  private boolean formed(Place source, Place schema) {
    boolean formed = true;
    Place rule = source.at("rule");
    Place message = source.at("message");
    if (rule.text().isBlank()) {
      rule.required("rule is not specified");
      formed = false;
    } else if (!message.text().isEmpty() && message.text().isBlank()) {
      message.invalid("message must be non-empty if specified");
    } else if (hasNewlines(message.text().strip())) {
      message.invalid("message must not contain line breaks");
    } else if (hasNewlines(rule.text().strip()) && message.text().isBlank()) {
      message.required("message must be specified if rule contains line breaks");
    }
    Place expression = source.at("messageExpression");
    if (!expression.text().isEmpty() && expression.text().isBlank()) {
      expression.required("messageExpression must be non-empty if specified");
      formed = false;
    }
    Place reason = source.at("reason");
    if (reason.isSet() && !REASONS.contains(reason.text())) {
      reason.notSupported(REASONS);
    }
    Place field = source.at("fieldPath");
    if (!field.text().isEmpty() && field.text().isBlank()) {
      field.invalid("fieldPath must be non-empty if specified");
    } else if (hasNewlines(field.text())) {
      field.invalid("fieldPath must not contain line breaks");
    } else if (!field.text().isEmpty() && !leadsSomewhere(field.text().strip(), schema.node())) {
      field.invalid("fieldPath must be a valid path");
    }
    return formed;
  }

  private static boolean hasNewlines(String text) {
    return text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0;
  }

  /// Whether a path of names (`.spec.x`, `.labels['a.b']`) leads to a declared field.
  private static boolean leadsSomewhere(String path, JsonNode schema) {
    JsonNode at = schema;
    String rest = path;
    while (!rest.isEmpty()) {
      String name;
      if (rest.startsWith("['") && rest.contains("']")) {
        int end = rest.indexOf("']");
        name = rest.substring(2, end);
        rest = rest.substring(end + 2);
      } else if (rest.startsWith(".")) {
        int end = 1;
        while (end < rest.length() && rest.charAt(end) != '.' && rest.charAt(end) != '[') {
          end++;
        }
        name = rest.substring(1, end);
        rest = rest.substring(end);
      } else {
        return false;
      }
      JsonNode field = at.path("properties").path(name);
      at = field.isMissingNode() ? at.path("additionalProperties") : field;
      if (!at.isObject()) {
        return false;
      }
    }
    return true;
  }

  private void accept(Place source, ValidationRule rule, OptionalLong most, String rootless) {
    if (rule.transition() && !rootless.isEmpty()) {
      source
          .at("rule")
          .invalid(
              "oldSelf cannot be used on the uncorrelatable portion of the schema within "
                  + rootless);
    }
    if (!rule.transition() && source.at("optionalOldSelf").isSet()) {
      source.at("optionalOldSelf").invalid("may not be set if oldSelf is not used in rule");
    }
    long times = most.orElse(DeclaredType.MAX_REQUEST_BYTES / (rule.type().minSize() + 1));
    cost(source.at("rule"), "estimated rule cost", rule.rule(), times);
    rule.message()
        .ifPresent(
            message ->
                cost(
                    source.at("messageExpression"),
                    "estimated messageExpression cost",
                    message,
                    times));
  }

  private void cost(Place place, String what, Expression expression, long times) {
    long cost = product(expression.estimatedCost(), times);
    total = total + cost < 0 ? Long.MAX_VALUE : total + cost;
    if (cost >= MOST_PER_DEFINITION / 100) {
      costs.add(new Cost(place, cost));
    }
    if (cost > MOST_PER_RULE) {
      place.forbidden(tooExpensive(what, cost, MOST_PER_RULE));
    }
  }

  private static String tooExpensive(String what, long cost, long limit) {
    double factor = (double) cost / limit;
    String shown =
        factor > 100
            ? "more than 100x"
            : String.format(Locale.ROOT, factor < 1.5 ? "%fx" : "%.1fx", factor);
    return ("%s exceeds budget by factor of %s (try simplifying the rule, or adding maxItems,"
            + " maxProperties, and maxLength where arrays, maps, and strings are declared)")
        .formatted(what, shown);
  }
}
