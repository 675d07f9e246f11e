package dev.navarch.apiserver.policies;

import dev.navarch.apiserver.cel.Budget;
import dev.navarch.apiserver.cel.CostExceeded;
import dev.navarch.apiserver.cel.EvaluationFailed;
import dev.navarch.apiserver.cel.Expression;
import dev.navarch.apiserver.cel.Fields;
import dev.navarch.apiserver.cel.Variables;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What `variables.name` yields: evaluated when first asked for, once for each request and
/// parameter, errors too.
final class PolicyVariables implements Fields, Variables {
  private final Map<String, Expression> expressions;
  private final Variables request;
  private final Budget budget;
  private final Map<String, Object> known = new HashMap<>();

  PolicyVariables(Map<String, Expression> expressions, Variables request, Budget budget) {
    this.expressions = expressions;
    this.request = request;
    this.budget = budget;
  }

  /// All names that a policy's expressions may use.
  @Override
  public Optional<Object> value(String name) {
    return name.equals("variables") ? Optional.of(this) : request.value(name);
  }

  @Override
  public Optional<Object> field(String name) {
    Expression expression = expressions.get(name);
    if (expression == null) {
      return Optional.empty();
    }
    Object value = known.get(name);
    if (value == null) {
      value = evaluate(name, expression);
      known.put(name, value);
    }
    if (value instanceof EvaluationFailed failed) {
      throw failed;
    }
    return Optional.of(value);
  }

  private Object evaluate(String name, Expression expression) {
    try {
      return expression.evaluate(this, budget);
    } catch (CostExceeded e) {
      throw e;
    } catch (EvaluationFailed e) {
      return new EvaluationFailed(
          "composited variable \"%s\" fails to evaluate: %s".formatted(name, e.getMessage()));
    }
  }

  @Override
  public Set<String> present() {
    return expressions.keySet();
  }

  @Override
  public String typeName() {
    return "kubernetes.variables";
  }
}
