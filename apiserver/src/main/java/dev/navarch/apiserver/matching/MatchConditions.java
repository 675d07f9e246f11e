package dev.navarch.apiserver.matching;

import dev.cel.common.types.CelKind;
import dev.navarch.apiserver.cel.Budget;
import dev.navarch.apiserver.cel.CompileFailed;
import dev.navarch.apiserver.cel.Environment;
import dev.navarch.apiserver.cel.EvaluationFailed;
import dev.navarch.apiserver.cel.Expression;
import dev.navarch.apiserver.cel.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The last sieve before a webhook is called or a policy evaluated: all of its expressions must be
/// true. One that is false decides, whatever errors the others came to.
public final class MatchConditions {
  private final List<Condition> conditions;

  /// One condition; what does not compile fails when it is asked.
  private record Condition(String name, Optional<Expression> expression, String error) {}

  private MatchConditions(List<Condition> conditions) {
    this.conditions = conditions;
  }

  /// @param environment asked only when there are conditions
  public static MatchConditions compile(
      JsonNode conditions, java.util.function.Supplier<Environment> environment) {
    List<Condition> compiled = new ArrayList<>();
    for (JsonNode condition : conditions) {
      String name = condition.path("name").asString("");
      try {
        Expression expression =
            environment.get().compile(condition.path("expression").asString(""));
        compiled.add(
            expression.yields(CelKind.BOOL)
                ? new Condition(name, Optional.of(expression), "")
                : new Condition(name, Optional.empty(), "must evaluate to bool"));
      } catch (CompileFailed e) {
        compiled.add(new Condition(name, Optional.empty(), e.getMessage()));
      }
    }
    return new MatchConditions(compiled);
  }

  public boolean isEmpty() {
    return conditions.isEmpty();
  }

  /// Whether all are true.
  ///
  /// @throws EvaluationFailed when none is false, but some came to an error
  public boolean match(Variables variables) {
    Budget budget = Budget.of(Budget.PER_MATCH);
    List<String> errors = new ArrayList<>();
    for (Condition condition : conditions) {
      try {
        Expression expression =
            condition.expression().orElseThrow(() -> new EvaluationFailed(condition.error()));
        if (!Boolean.TRUE.equals(expression.evaluate(variables, budget))) {
          return false;
        }
      } catch (EvaluationFailed e) {
        errors.add(
            "matchCondition \"%s\" evaluation error: %s"
                .formatted(condition.name(), e.getMessage()));
      }
    }
    if (!errors.isEmpty()) {
      throw new EvaluationFailed(
          errors.size() == 1 ? errors.getFirst() : "[" + String.join(", ", errors) + "]");
    }
    return true;
  }
}
