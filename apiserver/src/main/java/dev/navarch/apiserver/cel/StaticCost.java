package dev.navarch.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelComprehension;
import dev.cel.common.ast.CelExpr.CelSelect;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.common.ast.CelReference;
import dev.cel.common.types.CelKind;
import dev.navarch.apiserver.cel.DeclaredType.ListOf;
import dev.navarch.apiserver.cel.DeclaredType.MapOf;
import dev.navarch.apiserver.cel.DeclaredType.ObjectOf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Estimates what an expression can cost before any value is known: from the sizes that declared
/// types allow, step by step as upstream's estimate goes, because it decides which rules are taken.
final class StaticCost {
  private static final int LIST_COST = 10;
  private static final int MAP_COST = 30;
  private static final int STRUCT_COST = 40;

  private final CelAbstractSyntaxTree ast;
  private final Map<String, DeclaredType> variables;
  private final KnownSizes known;

  StaticCost(CelAbstractSyntaxTree ast, Map<String, DeclaredType> variables) {
    this.ast = ast;
    this.variables = variables;
    this.known = new KnownSizes(ast, variables);
  }

  Range ofWhole() {
    return of(ast.getExpr());
  }

  private Range of(CelExpr expr) {
    return switch (expr.getKind()) {
      case CONSTANT, NOT_SET -> Range.NONE;
      case IDENT -> {
        known.note(expr, known.typeOf(expr.ident().name(), expr));
        yield Range.ONE;
      }
      case SELECT -> select(expr, expr.select());
      case CALL -> call(expr);
      case LIST -> list(expr);
      case MAP -> map(expr);
      case STRUCT ->
          expr.struct().entries().stream()
              .map(entry -> of(entry.value()))
              .reduce(Range.exactly(STRUCT_COST), Range::plus);
      case COMPREHENSION -> isBinding(expr.comprehension()) ? binding(expr) : comprehension(expr);
    };
  }

  private Range select(CelExpr expr, CelSelect select) {
    CelReference reference = ast.getReference(expr.id()).orElse(null);
    if (reference != null && variables.containsKey(reference.name())) {
      known.note(expr, variables.get(reference.name()));
      return Range.exactly(2);
    }
    Range operand = of(select.operand());
    if (select.testOnly()) {
      return operand;
    }
    DeclaredType type = known.type(select.operand());
    known.note(
        expr,
        switch (type) {
          case ObjectOf object -> object.field(select.field());
          case MapOf map -> map.value();
          case null, default -> null;
        });
    return operand.plus(Range.ONE);
  }

  private Range call(CelExpr expr) {
    String function = expr.call().function();
    List<CelExpr> args = expr.call().args();
    List<KnownSizes.Operand> operands = new ArrayList<>();
    List<Range> costs = new ArrayList<>();
    expr.call()
        .target()
        .ifPresent(
            target -> {
              costs.add(of(target));
              operands.add(known.operand(target));
            });
    for (CelExpr arg : args) {
      costs.add(of(arg));
      operands.add(known.operand(arg));
    }
    Range paid = costs.stream().reduce(Range.NONE, Range::plus);
    switch (function) {
      case "_&&_", "_||_" -> {
        return new Range(costs.getFirst().min(), paid.max());
      }
      case "_?_:_" -> {
        known.setSize(expr, operands.get(1).size().union(operands.get(2).size()));
        known.setEntry(
            expr, KnownSizes.Entry.union(known.entry(args.get(1)), known.entry(args.get(2))));
        return costs.getFirst().plus(costs.get(1).union(costs.get(2)));
      }
      case "_[_]", "_[?_]" -> element(expr, args.getFirst());
      case "_+_" ->
          known.setEntry(
              expr, KnownSizes.Entry.union(known.entry(args.getFirst()), known.entry(args.get(1))));
      case "dyn" -> {
        known.setSize(expr, operands.getFirst().size());
        known.setEntry(expr, known.entry(args.getFirst()));
      }
      default -> {}
    }
    List<String> overloads =
        ast.getReference(expr.id())
            .map(reference -> List.copyOf(reference.overloadIds()))
            .orElse(List.of());
    CallCost cost = CallCost.of(function, overloads, operands);
    Range size = cost.resultSize();
    if (size != null) {
      known.setSizeIfNone(expr, size);
    }
    return paid.plus(cost.cost());
  }

  private void element(CelExpr expr, CelExpr container) {
    DeclaredType type = known.type(container);
    known.note(
        expr,
        switch (type) {
          case ListOf list -> list.element();
          case MapOf map -> map.value();
          case null, default -> null;
        });
    KnownSizes.Entry entry = known.entry(container);
    if (entry != null) {
      known.setSize(expr, entry.value());
    }
  }

  private Range list(CelExpr expr) {
    Range cost = Range.exactly(LIST_COST);
    Range items = expr.list().elements().isEmpty() ? Range.NONE : Range.EMPTY;
    for (CelExpr element : expr.list().elements()) {
      cost = cost.plus(of(element));
      items = items.union(known.size(element));
    }
    known.setEntry(expr, new KnownSizes.Entry(Range.ONE, items));
    return cost;
  }

  private Range map(CelExpr expr) {
    Range cost = Range.exactly(MAP_COST);
    Range keys = expr.map().entries().isEmpty() ? Range.NONE : Range.EMPTY;
    Range values = keys;
    for (CelExpr.CelMap.Entry entry : expr.map().entries()) {
      cost = cost.plus(of(entry.key())).plus(of(entry.value()));
      keys = keys.union(known.size(entry.key()));
      values = values.union(known.size(entry.value()));
    }
    known.setEntry(expr, new KnownSizes.Entry(keys, values));
    return cost;
  }

  private static boolean isBinding(CelComprehension loop) {
    return loop.iterRange().getKind() == ExprKind.Kind.LIST
        && loop.iterRange().list().elements().isEmpty()
        && loop.loopCondition().getKind() == ExprKind.Kind.CONSTANT
        && !loop.loopCondition().constant().booleanValue();
  }

  private Range binding(CelExpr expr) {
    CelComprehension loop = expr.comprehension();
    Range cost = of(loop.iterRange()).plus(of(loop.accuInit()));
    known.push(loop.accuVar(), known.accumulator(loop.accuInit()));
    cost = cost.plus(of(loop.result()));
    known.pop(loop.accuVar());
    Range size = known.knownSize(loop.result());
    if (size != null) {
      known.setSize(expr, size);
    }
    known.setEntry(expr, known.entry(loop.result()));
    return cost;
  }

  private Range comprehension(CelExpr expr) {
    CelComprehension loop = expr.comprehension();
    Range cost = of(loop.iterRange()).plus(of(loop.accuInit()));
    known.push(loop.accuVar(), known.accumulator(loop.accuInit()));
    pushIterators(loop);
    Range step = of(loop.loopCondition()).plus(of(loop.loopStep()));
    known.pop(loop.iterVar());
    if (!loop.iterVar2().isEmpty()) {
      known.pop(loop.iterVar2());
    }
    cost = cost.plus(of(loop.result()));
    known.pop(loop.accuVar());
    Range turns = known.size(loop.iterRange());
    switch (loop.accuInit().getKind()) {
      case CONSTANT -> known.setSize(expr, known.size(loop.accuInit()));
      case LIST, MAP -> {
        known.setSize(expr, turns);
        known.setEntry(expr, known.entry(loop.loopStep()));
      }
      default -> {}
    }
    return cost.plus(turns.times(step));
  }

  private void pushIterators(CelComprehension loop) {
    CelExpr range = loop.iterRange();
    DeclaredType type = known.type(range);
    boolean isList = ast.getTypeOrThrow(range.id()).kind() == CelKind.LIST;
    KnownSizes.Entry entry = known.entry(range);
    Range keySize = entry == null ? null : entry.key();
    Range valueSize = entry == null ? null : entry.value();
    DeclaredType key = isList ? null : type instanceof MapOf ? DeclaredType.KEY : null;
    DeclaredType value =
        type instanceof ListOf list
            ? list.element()
            : type instanceof MapOf map ? map.value() : null;
    if (!loop.iterVar2().isEmpty()) {
      known.push(loop.iterVar(), new KnownSizes.Local(key, keySize, null));
      known.push(loop.iterVar2(), new KnownSizes.Local(value, valueSize, null));
    } else {
      known.push(
          loop.iterVar(),
          isList
              ? new KnownSizes.Local(value, valueSize, null)
              : new KnownSizes.Local(key, keySize, null));
    }
  }
}
