package dev.navarch.apiserver.policies;

import dev.cel.common.types.CelKind;
import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import dev.navarch.apiserver.cel.CompileFailed;
import dev.navarch.apiserver.cel.DeclaredType;
import dev.navarch.apiserver.cel.DeclaredType.ObjectOf;
import dev.navarch.apiserver.cel.DeclaredType.Scalar;
import dev.navarch.apiserver.cel.Environment;
import dev.navarch.apiserver.cel.Expression;
import dev.navarch.apiserver.matching.RequestVariables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Compiles the expressions of one policy: each variable sees those before it, all else sees all of
/// them. What does not compile is noted with its field; the policy is then not to be used.
final class PolicyCompiler {
  private static final String VARIABLES = "variables";
  private final boolean constructs;
  private final Map<String, DeclaredType> declared;
  private final Map<String, DeclaredType> variableTypes = new LinkedHashMap<>();
  private final Map<String, Expression> variables = new LinkedHashMap<>();
  private final List<FieldError> errors = new ArrayList<>();
  private @Nullable Environment environment;

  /// @param object what `object` is: dynamic, or one kind when types are checked
  /// @param constructs whether expressions make objects and patches
  PolicyCompiler(JsonNode spec, DeclaredType object, DeclaredType params, boolean constructs) {
    this.constructs = constructs;
    declared = RequestVariables.declared(object, spec.path("paramKind").isObject() ? params : null);
    int index = 0;
    for (JsonNode variable : spec.path(VARIABLES)) {
      String name = variable.path("name").asString("");
      Expression expression =
          compile("spec.variables[%d].expression".formatted(index++), variable.path("expression"));
      if (expression != null) {
        variables.put(name, expression);
        variableTypes.put(
            name, new Scalar(expression.resultType(), 1, DeclaredType.MAX_REQUEST_BYTES));
        environment = null;
      }
    }
  }

  /// For match conditions, which see no variables.
  static PolicyCompiler ofConditions(JsonNode owner) {
    JsonNode params = owner.path("paramKind");
    ObjectNode spec = Json.object();
    if (params.isObject()) {
      spec.set("paramKind", params);
    }
    return new PolicyCompiler(spec, DeclaredType.DYN, DeclaredType.DYN, false);
  }

  Map<String, Expression> variables() {
    return variables;
  }

  List<FieldError> errors() {
    return errors;
  }

  /// Null, and an error is noted, for what does not compile or yields none of the kinds.
  @Nullable Expression compile(String field, JsonNode text, CelKind... kinds) {
    String source = text.asString("");
    try {
      Expression expression = environment(source).compile(source);
      if (kinds.length == 0 || Arrays.stream(kinds).anyMatch(expression::yields)) {
        return expression;
      }
      errors.add(invalid(field, source, "must evaluate to " + names(kinds)));
    } catch (CompileFailed e) {
      errors.add(invalid(field, source, e.getMessage()));
    }
    return null;
  }

  private static String names(CelKind... kinds) {
    Set<String> names =
        Arrays.stream(kinds)
            .map(
                kind ->
                    kind == CelKind.NULL_TYPE
                        ? "null"
                        : kind.name().toLowerCase(java.util.Locale.ROOT))
            .collect(Collectors.toCollection(java.util.LinkedHashSet::new));
    return names.size() == 1 ? names.iterator().next() : "one of [" + String.join(" ", names) + "]";
  }

  static FieldError invalid(String field, String source, String why) {
    return FieldError.invalid(field, Json.text(Json.object().stringNode(source)), why);
  }

  private Environment environment(String source) {
    Environment known = environment;
    if (known == null) {
      Map<String, DeclaredType> all = new LinkedHashMap<>(declared);
      Map<String, DeclaredType> fields = Map.copyOf(variableTypes);
      all.put(VARIABLES, new ObjectOf("kubernetes.variables", 2, () -> fields));
      if (constructs) {
        return Environment.ofMutation(all, source);
      }
      known = Environment.of(all);
      environment = known;
    }
    return known;
  }
}
