package dev.navarch.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelReference;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import java.util.Map;

/// A compiled expression: immutable, evaluated any number of times by any number of threads.
public final class Expression {
  private final String text;
  private final CelAbstractSyntaxTree ast;
  private final Map<String, DeclaredType> variables;

  Expression(String text, CelAbstractSyntaxTree ast, Map<String, DeclaredType> variables) {
    this.text = text;
    this.ast = ast;
    this.variables = variables;
  }

  /// What its author wrote.
  public String text() {
    return text;
  }

  public CelType resultType() {
    return ast.getResultType();
  }

  /// Whether it yields a value of this kind, or of one that shows only when it is evaluated.
  public boolean yields(CelKind kind) {
    return resultType().kind() == kind || resultType().kind().isDyn();
  }

  /// Whether it reads a variable.
  public boolean names(String variable) {
    return ast.getReferenceMap().values().stream()
        .map(CelReference::name)
        .anyMatch(name -> name.equals(variable) || name.startsWith(variable + "."));
  }

  /// What an evaluation costs at most, as far as types tell: `Long.MAX_VALUE` when nothing bounds
  /// it.
  public long estimatedCost() {
    return new StaticCost(ast, variables).ofWhole().max();
  }

  /// Evaluates to a plain value: Boolean, Long, String, List…; {@link Documents#node} makes JSON of
  /// it.
  ///
  /// @throws EvaluationFailed when it comes to an error
  /// @throws CostExceeded when it takes more than one evaluation may, or than the budget has left
  public Object evaluate(Variables values, Budget budget) {
    Interpreter interpreter = new Interpreter(ast, values, Budget.PER_CALL);
    try {
      return interpreter.evaluate();
    } catch (StackOverflowError e) {
      throw new EvaluationFailed("expression is nested too deeply");
    } finally {
      budget.pay(interpreter.cost());
    }
  }
}
