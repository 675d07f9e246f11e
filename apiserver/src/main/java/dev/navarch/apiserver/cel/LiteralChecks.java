package dev.navarch.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypes;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import java.util.ArrayList;
import java.util.List;

/// Finds in a checked expression what could only fail once it is evaluated: durations, timestamps
/// and regular expressions that are none, and lists and maps of mixed types. What `format` is given
/// may be mixed.
final class LiteralChecks {
  private final CelAbstractSyntaxTree ast;
  private final List<Issue> issues = new ArrayList<>();

  /// What is wrong, and with which part of the expression.
  record Issue(long id, String message) {}

  private LiteralChecks(CelAbstractSyntaxTree ast) {
    this.ast = ast;
  }

  static List<Issue> of(CelAbstractSyntaxTree ast) {
    LiteralChecks checks = new LiteralChecks(ast);
    checks.walk(ast.getExpr(), false);
    return checks.issues;
  }

  private void walk(CelExpr expr, boolean formatted) {
    switch (expr.getKind()) {
      case CALL -> call(expr.call());
      case SELECT -> walk(expr.select().operand(), false);
      case LIST -> {
        expr.list().elements().forEach(element -> walk(element, formatted));
        if (!formatted) {
          elements(expr.list());
        }
      }
      case MAP -> {
        for (CelExpr.CelMap.Entry entry : expr.map().entries()) {
          walk(entry.key(), formatted);
          walk(entry.value(), formatted);
        }
        if (!formatted) {
          entries(expr.map());
        }
      }
      case STRUCT -> expr.struct().entries().forEach(entry -> walk(entry.value(), false));
      case COMPREHENSION -> {
        CelExpr.CelComprehension loop = expr.comprehension();
        for (CelExpr part :
            List.of(
                loop.iterRange(),
                loop.accuInit(),
                loop.loopCondition(),
                loop.loopStep(),
                loop.result())) {
          walk(part, false);
        }
      }
      case CONSTANT, IDENT, NOT_SET -> {}
    }
  }

  private void call(CelExpr.CelCall call) {
    boolean formats = call.function().equals("format");
    call.target().ifPresent(target -> walk(target, false));
    call.args().forEach(arg -> walk(arg, formats));
    if (call.args().isEmpty()) {
      return;
    }
    // The pattern is the only argument of `text.matches(pattern)`, and the second of two.
    CelExpr literal = call.args().getLast();
    if (literal.getKind() == ExprKind.Kind.CONSTANT
        && literal.constant().getKind() == CelConstant.Kind.STRING_VALUE
        && isBroken(call.function(), literal.constant().stringValue())) {
      issues.add(new Issue(literal.id(), "invalid " + call.function() + " argument"));
    }
  }

  private static boolean isBroken(String function, String text) {
    try {
      switch (function) {
        case "duration" -> Conversions.toDuration(text);
        case "timestamp" -> Conversions.toTimestamp(text);
        case "matches" -> StandardFunctions.regex(text);
        default -> {}
      }
      return false;
    } catch (EvaluationFailed e) {
      return true;
    }
  }

  private void elements(CelExpr.CelList list) {
    List<CelExpr> elements = list.elements();
    for (int i = 1; i < elements.size(); i++) {
      CelType expected = type(elements.getFirst(), list.optionalIndices().contains(0));
      CelType found = type(elements.get(i), list.optionalIndices().contains(i));
      if (!expected.equals(found)) {
        mixed(elements.get(i), expected, found);
        return;
      }
    }
  }

  private void entries(CelExpr.CelMap map) {
    List<CelExpr.CelMap.Entry> entries = map.entries();
    for (CelExpr.CelMap.Entry entry : entries) {
      CelExpr.CelMap.Entry first = entries.getFirst();
      same(entry.key(), type(first.key(), false), type(entry.key(), false));
      same(
          entry.value(),
          type(first.value(), first.optionalEntry()),
          type(entry.value(), entry.optionalEntry()));
    }
  }

  private void same(CelExpr expr, CelType expected, CelType found) {
    if (!expected.equals(found)) {
      mixed(expr, expected, found);
    }
  }

  private void mixed(CelExpr expr, CelType expected, CelType found) {
    issues.add(
        new Issue(
            expr.id(),
            "expected type '%s' but found '%s'"
                .formatted(CelTypes.format(expected), CelTypes.format(found))));
  }

  private CelType type(CelExpr expr, boolean optional) {
    CelType type = ast.getType(expr.id()).orElse(SimpleType.DYN);
    return optional && type instanceof OptionalType inner ? inner.parameters().getFirst() : type;
  }
}
