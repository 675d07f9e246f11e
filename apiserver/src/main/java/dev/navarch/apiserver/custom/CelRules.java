package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import dev.navarch.apiserver.cel.Budget;
import dev.navarch.apiserver.cel.CostExceeded;
import dev.navarch.apiserver.cel.DeclaredType;
import dev.navarch.apiserver.cel.Environment;
import dev.navarch.apiserver.cel.EvaluationFailed;
import dev.navarch.apiserver.cel.StructuralTypes;
import dev.navarch.apiserver.cel.Variables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The validation rules of a schema and of all that is below it, run over a document within one
/// budget. What an update left as it was may go on breaking rules that say nothing of the past.
final class CelRules {
  private static final int MOST_MESSAGE = 5 * 1024;
  private final JsonNode schema;
  private final List<ValidationRule> rules = new ArrayList<>();
  private final Map<String, CelRules> fields = new HashMap<>();
  private @Nullable CelRules items;
  private @Nullable CelRules values;

  private CelRules(JsonNode schema) {
    this.schema = schema;
  }

  /// Compiles the rules of a schema of whole objects.
  static CelRules of(JsonNode schema) {
    CelRules all = read(schema, "root", true);
    return all == null ? new CelRules(schema) : all;
  }

  boolean isEmpty() {
    return rules.isEmpty() && fields.isEmpty() && items == null && values == null;
  }

  private static @Nullable CelRules read(JsonNode schema, String name, boolean resource) {
    CelRules node = new CelRules(schema);
    boolean whole = resource || schema.path("x-kubernetes-embedded-resource").asBoolean(false);
    node.compile(name, whole);
    for (Map.Entry<String, JsonNode> field : schema.path("properties").properties()) {
      CelRules below = read(field.getValue(), name + "." + field.getKey(), false);
      if (below != null) {
        node.fields.put(field.getKey(), below);
      }
    }
    if (schema.path("items").isObject()) {
      node.items = read(schema.path("items"), name + ".@items", false);
    }
    if (schema.path("additionalProperties").isObject()) {
      node.values = read(schema.path("additionalProperties"), name + ".@values", false);
    }
    return node.isEmpty() ? null : node;
  }

  private void compile(String name, boolean whole) {
    JsonNode sources = schema.path("x-kubernetes-validations");
    Optional<DeclaredType> type =
        sources.isEmpty() ? Optional.empty() : StructuralTypes.of(name, schema, whole);
    if (type.isEmpty()) {
      return;
    }
    Map<Boolean, Environment> environments = new HashMap<>();
    for (JsonNode source : sources) {
      Environment environment =
          environments.computeIfAbsent(
              ValidationRule.isOptionalOld(source),
              optional -> ValidationRule.environment(type.get(), optional));
      try {
        rules.add(ValidationRule.compile(source, type.get(), environment));
      } catch (ValidationRule.Refused e) {
        throw new IllegalStateException("rule compile error: " + e.getMessage(), e);
      }
    }
  }

  /// @param old what the document was before an update; null for a new one
  List<FieldError> check(JsonNode document, @Nullable JsonNode old) {
    Run run = new Run(Budget.of(Budget.PER_REQUEST), new ArrayList<>());
    run.check(this, document, old, old != null && document.equals(old), "");
    return run.errors;
  }

  /// One walk over one document.
  private record Run(Budget budget, List<FieldError> errors) {

    /// @param unchanged whether the nearest part that has a past is as it was
    /// @return false when nothing more may be evaluated
    boolean check(
        CelRules node, JsonNode value, @Nullable JsonNode old, boolean unchanged, String path) {
      if (value.isNull()) {
        return true;
      }
      boolean same = old == null ? unchanged : value.equals(old);
      for (ValidationRule rule : node.rules) {
        if (rule.applies(old)
            && (rule.transition() || !same)
            && !evaluate(rule, node.schema, value, old, path)) {
          return false;
        }
      }
      if (value.isArray()) {
        return items(node, value, old, same, path);
      }
      return !value.isObject() || fields(node, value, old, same, path);
    }

    private boolean items(
        CelRules node, JsonNode list, @Nullable JsonNode old, boolean same, String path) {
      for (int i = 0; node.items != null && i < list.size(); i++) {
        JsonNode before = Correlation.element(list.get(i), old, node.schema);
        if (!check(node.items, list.get(i), before, same, path + "[" + i + "]")) {
          return false;
        }
      }
      return true;
    }

    private boolean fields(
        CelRules node, JsonNode object, @Nullable JsonNode old, boolean same, String path) {
      boolean atomic = node.schema.path("x-kubernetes-map-type").asString("").equals("atomic");
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        String name = field.getKey();
        CelRules named = node.fields.get(name);
        CelRules below = named != null ? named : node.values;
        if (below == null) {
          continue;
        }
        JsonNode before = old == null || atomic ? null : old.get(name);
        String at =
            named == null ? path + "[" + name + "]" : path.isEmpty() ? name : path + "." + name;
        if (!check(below, field.getValue(), before, same, at)) {
          return false;
        }
      }
      return true;
    }

    private boolean evaluate(
        ValidationRule rule, JsonNode schema, JsonNode value, @Nullable JsonNode old, String path) {
      try {
        Variables variables = rule.variables(value, old);
        if (Boolean.TRUE.equals(rule.rule().evaluate(variables, budget))) {
          return true;
        }
        errors.add(broken(rule, schema, value, path, detail(rule, variables)));
        return true;
      } catch (CostExceeded e) {
        errors.add(
            invalid(
                schema,
                value,
                path,
                e.isOfBudget()
                    ? String.valueOf(e.getMessage())
                    : ("'%s': no further validation rules will be run due to call cost exceeds"
                            + " limit for rule: %s")
                        .formatted(e.getMessage(), rule.text())));
        return false;
      } catch (EvaluationFailed e) {
        errors.add(
            invalid(
                schema,
                value,
                path,
                e.getMessage().startsWith("no such overload")
                    ? ("'%s': call arguments did not match a supported operator, function or macro"
                            + " signature for rule: %s")
                        .formatted(e.getMessage(), rule.text())
                    : "%s evaluating rule: %s".formatted(e.getMessage(), rule.text())));
        return true;
      }
    }

    /// What the rule itself says of this case, if it can; an expression that fails says nothing.
    private String detail(ValidationRule rule, Variables variables) {
      String otherwise = (rule.hasMessage() ? "" : "failed rule: ") + rule.text();
      if (rule.message().isEmpty()) {
        return otherwise;
      }
      try {
        Object said = rule.message().get().evaluate(variables, budget);
        String text = said instanceof String string ? string.strip() : "";
        boolean usable = !text.isEmpty() && text.length() <= MOST_MESSAGE && text.indexOf('\n') < 0;
        return usable ? text : otherwise;
      } catch (CostExceeded e) {
        throw e;
      } catch (EvaluationFailed e) {
        return otherwise;
      }
    }

    private static FieldError broken(
        ValidationRule rule, JsonNode schema, JsonNode value, String path, String detail) {
      String fieldPath = rule.source().path("fieldPath").asString("").strip();
      String at =
          path.isEmpty() && fieldPath.startsWith(".") ? fieldPath.substring(1) : path + fieldPath;
      String field = at.replace("['", "[").replace("']", "]");
      return switch (rule.source().path("reason").asString("")) {
        case "FieldValueForbidden" -> FieldError.forbidden(field, detail);
        case "FieldValueRequired" -> FieldError.required(field, detail);
        case "FieldValueDuplicate" ->
            new FieldError(FieldError.Type.DUPLICATE, field, shown(schema, value), "");
        default -> FieldError.invalid(field, shown(schema, value), detail);
      };
    }

    private static FieldError invalid(JsonNode schema, JsonNode value, String path, String detail) {
      return FieldError.invalid(path, shown(schema, value), detail);
    }

    /// Objects and lists are not shown, only what they are.
    private static String shown(JsonNode schema, JsonNode value) {
      return value.isContainer()
          ? "\"" + schema.path("type").asString("") + "\""
          : Json.text(value);
    }
  }
}
