package dev.navarch.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelComprehension;
import dev.cel.common.ast.CelExpr.CelSelect;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.common.ast.CelReference;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import dev.navarch.apiserver.cel.DeclaredType.ListOf;
import dev.navarch.apiserver.cel.DeclaredType.MapOf;
import dev.navarch.apiserver.cel.DeclaredType.ObjectOf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Estimates what an expression can cost before any value is known: from the sizes that declared
/// types allow, step by step as upstream's estimate goes, because it decides which rules are taken.
final class StaticCost {
  private static final int LIST_COST = 10;
  private static final int MAP_COST = 30;
  private static final int STRUCT_COST = 40;

  private final CelAbstractSyntaxTree ast;
  private final Map<String, DeclaredType> variables;
  private final Map<String, List<Local>> locals = new HashMap<>();
  private final Map<Long, DeclaredType> declared = new HashMap<>();
  private final Map<Long, Range> sizes = new HashMap<>();
  private final Map<Long, Entry> entries = new HashMap<>();

  StaticCost(CelAbstractSyntaxTree ast, Map<String, DeclaredType> variables) {
    this.ast = ast;
    this.variables = variables;
  }

  /// The sizes of keys and of values in a list or map that the expression itself makes.
  private record Entry(Range key, Range value) {
    static @Nullable Entry union(@Nullable Entry a, @Nullable Entry b) {
      return a == null || b == null ? null : new Entry(a.key.union(b.key), a.value.union(b.value));
    }
  }

  /// A variable of a macro.
  private record Local(@Nullable DeclaredType type, @Nullable Range size, @Nullable Entry entry) {}

  Range ofWhole() {
    return of(ast.getExpr());
  }

  private Range of(CelExpr expr) {
    return switch (expr.getKind()) {
      case CONSTANT, NOT_SET -> Range.NONE;
      case IDENT -> {
        note(expr, typeOf(expr.ident().name(), expr));
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

  private @Nullable DeclaredType typeOf(String name, CelExpr expr) {
    Local local = local(name);
    return local != null
        ? local.type()
        : variables.get(ast.getReference(expr.id()).map(CelReference::name).orElse(name));
  }

  private @Nullable Local local(String name) {
    List<Local> stack = locals.get(name);
    return stack == null || stack.isEmpty() ? null : stack.getLast();
  }

  private void note(CelExpr expr, @Nullable DeclaredType type) {
    if (type != null) {
      declared.put(expr.id(), type);
    }
  }

  private Range select(CelExpr expr, CelSelect select) {
    CelReference reference = ast.getReference(expr.id()).orElse(null);
    if (reference != null && variables.containsKey(reference.name())) {
      note(expr, variables.get(reference.name()));
      return Range.exactly(2);
    }
    Range operand = of(select.operand());
    if (select.testOnly()) {
      return operand;
    }
    DeclaredType type = declared.get(select.operand().id());
    note(
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
    List<Operand> operands = new ArrayList<>();
    List<Range> costs = new ArrayList<>();
    expr.call()
        .target()
        .ifPresent(
            target -> {
              costs.add(of(target));
              operands.add(operand(target));
            });
    for (CelExpr arg : args) {
      costs.add(of(arg));
      operands.add(operand(arg));
    }
    Range paid = costs.stream().reduce(Range.NONE, Range::plus);
    switch (function) {
      case "_&&_", "_||_" -> {
        return new Range(costs.getFirst().min(), paid.max());
      }
      case "_?_:_" -> {
        sizes.put(expr.id(), operands.get(1).size().union(operands.get(2).size()));
        setEntry(expr, Entry.union(entry(args.get(1)), entry(args.get(2))));
        return costs.getFirst().plus(costs.get(1).union(costs.get(2)));
      }
      case "_[_]", "_[?_]" -> element(expr, args.getFirst());
      case "_+_" -> setEntry(expr, Entry.union(entry(args.getFirst()), entry(args.get(1))));
      case "dyn" -> {
        sizes.put(expr.id(), operands.getFirst().size());
        setEntry(expr, entry(args.getFirst()));
      }
      default -> {}
    }
    List<String> overloads =
        ast.getReference(expr.id())
            .map(reference -> List.copyOf(reference.overloadIds()))
            .orElse(List.of());
    CallCost cost = CallCost.of(function, overloads, operands);
    Range size = cost.resultSize();
    if (size != null && !sizes.containsKey(expr.id())) {
      sizes.put(expr.id(), size);
    }
    return paid.plus(cost.cost());
  }

  private void element(CelExpr expr, CelExpr container) {
    DeclaredType type = declared.get(container.id());
    note(
        expr,
        switch (type) {
          case ListOf list -> list.element();
          case MapOf map -> map.value();
          case null, default -> null;
        });
    Entry entry = entry(container);
    if (entry != null) {
      sizes.put(expr.id(), entry.value());
    }
  }

  /// An argument, as far as costs depend on it.
  ///
  /// @param elementSize the size of a list's elements; unknown for what is no list
  record Operand(CelType type, Range size, Range elementSize, @Nullable CelConstant constant) {}

  private Operand operand(CelExpr expr) {
    // The name of an optional field is no expression of its own.
    CelType type = ast.getType(expr.id()).orElse(SimpleType.DYN);
    DeclaredType known = declared.get(expr.id());
    Range elements =
        known instanceof ListOf list ? new Range(0, list.element().maxElements()) : Range.UNKNOWN;
    return new Operand(
        type,
        size(expr),
        elements,
        expr.getKind() == ExprKind.Kind.CONSTANT ? expr.constant() : null);
  }

  private Range list(CelExpr expr) {
    Range cost = Range.exactly(LIST_COST);
    Range items = expr.list().elements().isEmpty() ? Range.NONE : Range.EMPTY;
    for (CelExpr element : expr.list().elements()) {
      cost = cost.plus(of(element));
      items = items.union(size(element));
    }
    entries.put(expr.id(), new Entry(Range.ONE, items));
    return cost;
  }

  private Range map(CelExpr expr) {
    Range cost = Range.exactly(MAP_COST);
    Range keys = expr.map().entries().isEmpty() ? Range.NONE : Range.EMPTY;
    Range values = keys;
    for (CelExpr.CelMap.Entry entry : expr.map().entries()) {
      cost = cost.plus(of(entry.key())).plus(of(entry.value()));
      keys = keys.union(size(entry.key()));
      values = values.union(size(entry.value()));
    }
    entries.put(expr.id(), new Entry(keys, values));
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
    push(loop.accuVar(), accumulator(loop.accuInit()));
    cost = cost.plus(of(loop.result()));
    pop(loop.accuVar());
    Range size = knownSize(loop.result());
    if (size != null) {
      sizes.put(expr.id(), size);
    }
    setEntry(expr, entry(loop.result()));
    return cost;
  }

  private Range comprehension(CelExpr expr) {
    CelComprehension loop = expr.comprehension();
    Range cost = of(loop.iterRange()).plus(of(loop.accuInit()));
    push(loop.accuVar(), accumulator(loop.accuInit()));
    pushIterators(loop);
    Range step = of(loop.loopCondition()).plus(of(loop.loopStep()));
    pop(loop.iterVar());
    if (!loop.iterVar2().isEmpty()) {
      pop(loop.iterVar2());
    }
    cost = cost.plus(of(loop.result()));
    pop(loop.accuVar());
    Range turns = size(loop.iterRange());
    switch (loop.accuInit().getKind()) {
      case CONSTANT -> sizes.put(expr.id(), size(loop.accuInit()));
      case LIST, MAP -> {
        sizes.put(expr.id(), turns);
        setEntry(expr, entry(loop.loopStep()));
      }
      default -> {}
    }
    return cost.plus(turns.times(step));
  }

  private Local accumulator(CelExpr init) {
    return new Local(declared.get(init.id()), knownSize(init), entry(init));
  }

  private void pushIterators(CelComprehension loop) {
    CelExpr range = loop.iterRange();
    DeclaredType type = declared.get(range.id());
    boolean isList = ast.getTypeOrThrow(range.id()).kind() == CelKind.LIST;
    Entry entry = entry(range);
    Range keySize = entry == null ? null : entry.key();
    Range valueSize = entry == null ? null : entry.value();
    DeclaredType key = isList ? null : type instanceof MapOf ? DeclaredType.KEY : null;
    DeclaredType value =
        type instanceof ListOf list
            ? list.element()
            : type instanceof MapOf map ? map.value() : null;
    if (!loop.iterVar2().isEmpty()) {
      push(loop.iterVar(), new Local(key, keySize, null));
      push(loop.iterVar2(), new Local(value, valueSize, null));
    } else {
      push(
          loop.iterVar(),
          isList ? new Local(value, valueSize, null) : new Local(key, keySize, null));
    }
  }

  private void push(String name, Local local) {
    locals.computeIfAbsent(name, missing -> new ArrayList<>()).add(local);
  }

  private void pop(String name) {
    List<Local> stack = locals.get(name);
    if (stack != null) {
      stack.removeLast();
    }
  }

  private void setEntry(CelExpr expr, @Nullable Entry entry) {
    if (entry != null) {
      entries.put(expr.id(), entry);
    }
  }

  private @Nullable Entry entry(CelExpr expr) {
    Entry known = entries.get(expr.id());
    if (known == null && expr.getKind() == ExprKind.Kind.IDENT) {
      Local local = local(expr.ident().name());
      return local == null ? null : local.entry();
    }
    return known;
  }

  private Range size(CelExpr expr) {
    Range size = knownSize(expr);
    return size == null ? Range.UNKNOWN : size;
  }

  private @Nullable Range knownSize(CelExpr expr) {
    Range computed = sizes.get(expr.id());
    if (computed != null) {
      return computed;
    }
    switch (expr.getKind()) {
      case CONSTANT -> {
        return Range.exactly(constantSize(expr.constant()));
      }
      case LIST -> {
        return Range.exactly(expr.list().elements().size());
      }
      case MAP -> {
        return Range.exactly(expr.map().entries().size());
      }
      default -> {}
    }
    DeclaredType type = declared.get(expr.id());
    if (type != null) {
      return new Range(0, type.maxElements());
    }
    if (ast.getType(expr.id()).filter(StaticCost::isScalar).isPresent()) {
      return Range.ONE;
    }
    Local local = expr.getKind() == ExprKind.Kind.IDENT ? local(expr.ident().name()) : null;
    return local == null ? null : local.size();
  }

  private static long constantSize(CelConstant constant) {
    return switch (constant.getKind()) {
      case STRING_VALUE -> Values.size(constant.stringValue());
      case BYTES_VALUE -> constant.bytesValue().size();
      default -> 1;
    };
  }

  private static boolean isScalar(CelType type) {
    return switch (type.kind()) {
      case BOOL, DOUBLE, DURATION, INT, TIMESTAMP, UINT -> true;
      default ->
          type instanceof OptionalType optional && isScalar(optional.parameters().getFirst());
    };
  }
}
