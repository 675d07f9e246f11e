package dev.navarch.apiserver.cel;

import com.google.common.collect.ImmutableList;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.CelComprehension;
import dev.cel.common.ast.CelExpr.CelList;
import dev.cel.common.ast.CelExpr.CelMap;
import dev.cel.common.ast.CelExpr.CelSelect;
import dev.cel.common.ast.CelExpr.CelStruct;
import dev.cel.common.ast.CelReference;
import dev.cel.common.types.CelType;
import dev.cel.common.types.TypeType;
import dev.cel.common.values.NullValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Walks a checked expression once, to its value. It counts what each step costs as upstream counts
/// it, and stops when that is too much or the thread is interrupted.
final class Interpreter {
  private static final int STEPS_BETWEEN_LOOKS = 100;
  private static final int LIST_COST = 10;
  private static final int MAP_COST = 30;
  private static final int STRUCT_COST = 40;

  private final CelAbstractSyntaxTree ast;
  private final Variables variables;
  private final long limit;
  private long cost;
  private int steps;

  Interpreter(CelAbstractSyntaxTree ast, Variables variables, long limit) {
    this.ast = ast;
    this.variables = variables;
    this.limit = limit;
  }

  /// A variable of a macro, and those around it.
  private record Scope(@Nullable Scope outer, String name, Object value) {}

  /// A list that a macro grows; it is not seen before it is complete, so it may grow in place.
  static final class Growing extends ArrayList<Object> {
    private static final long serialVersionUID = 1;
  }

  /// A map that a macro grows.
  static final class GrowingMap extends LinkedHashMap<Object, Object> {
    private static final long serialVersionUID = 1;
  }

  long cost() {
    return cost;
  }

  Object evaluate() {
    return eval(ast.getExpr(), null);
  }

  private void pay(long price) {
    cost += price;
    if (cost > limit || cost < 0) {
      throw CostExceeded.ofCall();
    }
  }

  private Object eval(CelExpr expr, @Nullable Scope scope) {
    return switch (expr.getKind()) {
      case CONSTANT -> constant(expr.constant());
      case IDENT -> {
        pay(1);
        yield ident(expr, scope);
      }
      case SELECT -> select(expr, expr.select(), scope);
      case CALL -> call(expr.call(), scope);
      case LIST -> list(expr.list(), scope);
      case MAP -> map(expr.map(), scope);
      case STRUCT -> struct(expr.struct(), scope);
      case COMPREHENSION -> comprehension(expr.comprehension(), scope);
      case NOT_SET -> throw new IllegalStateException("an expression is missing");
    };
  }

  private static Object constant(CelConstant constant) {
    return switch (constant.getKind()) {
      case NULL_VALUE -> NullValue.NULL_VALUE;
      case BOOLEAN_VALUE -> constant.booleanValue();
      case INT64_VALUE -> constant.int64Value();
      case UINT64_VALUE -> constant.uint64Value();
      case DOUBLE_VALUE -> constant.doubleValue();
      case STRING_VALUE -> constant.stringValue();
      case BYTES_VALUE -> constant.bytesValue();
      default -> throw new IllegalStateException("no constant: " + constant.getKind());
    };
  }

  private Object ident(CelExpr expr, @Nullable Scope scope) {
    String name = expr.ident().name();
    for (Scope at = scope; at != null; at = at.outer()) {
      if (at.name().equals(name)) {
        return unwrap(at.value());
      }
    }
    return named(ast.getReference(expr.id()).map(CelReference::name).orElse(name), expr.id());
  }

  private Object named(String name, long id) {
    return variables
        .value(name)
        .or(() -> type(id))
        .orElseThrow(() -> new EvaluationFailed("no such attribute(s): " + name));
  }

  /// A name that stands for a type.
  private Optional<Object> type(long id) {
    return ast.getType(id)
        .filter(TypeType.class::isInstance)
        .map(type -> new Values.TypeValue(typeName(((TypeType) type).type())));
  }

  private static String typeName(CelType type) {
    return switch (type.kind()) {
      case LIST -> "list";
      case MAP -> "map";
      default -> type.name();
    };
  }

  private Object select(CelExpr expr, CelSelect select, @Nullable Scope scope) {
    Optional<CelReference> reference = ast.getReference(expr.id());
    if (reference.isPresent() && reference.get().overloadIds().isEmpty() && !select.testOnly()) {
      pay(1);
      return named(reference.get().name(), expr.id());
    }
    Object operand = eval(select.operand(), scope);
    if (select.testOnly()) {
      return operand instanceof Optional<?> optional
          ? optional.isPresent() && Parts.field(optional.get(), select.field()).isPresent()
          : Parts.field(operand, select.field()).isPresent();
    }
    pay(1);
    if (operand instanceof Optional<?> optional) {
      return optional.flatMap(value -> Parts.field(value, select.field()));
    }
    return Parts.field(operand, select.field())
        .orElseThrow(() -> EvaluationFailed.noSuchKey(select.field()));
  }

  private Object call(CelCall call, @Nullable Scope scope) {
    List<CelExpr> args = call.args();
    switch (call.function()) {
      case "_&&_", "_||_" -> {
        return logic(args.getFirst(), args.getLast(), call.function().equals("_||_"), scope);
      }
      case "_?_:_" -> {
        if (eval(args.getFirst(), scope) instanceof Boolean condition) {
          return eval(args.get(condition ? 1 : 2), scope);
        }
        throw EvaluationFailed.noSuchOverload();
      }
      case "@not_strictly_false", "__not_strictly_false__" -> {
        pay(1);
        return notFalse(args.getFirst(), scope);
      }
      case "_?._" -> {
        Object operand = eval(args.getFirst(), scope);
        pay(1);
        return Parts.optionalField(operand, args.getLast().constant().stringValue());
      }
      case "or", "orValue" -> {
        return alternative(call, scope);
      }
      default -> {}
    }
    List<Object> values = new ArrayList<>(args.size() + 1);
    call.target().ifPresent(target -> values.add(eval(target, scope)));
    for (CelExpr arg : args) {
      values.add(eval(arg, scope));
    }
    pay(RuntimeCost.before(call.function(), values));
    Object result = Functions.call(call.function(), values);
    pay(RuntimeCost.after(call.function(), values, result));
    return result;
  }

  /// `a.or(b)` and `a.orValue(b)`: b is looked at only when it is needed.
  private Object alternative(CelCall call, @Nullable Scope scope) {
    if (!(eval(call.target().orElseThrow(), scope) instanceof Optional<?> optional)) {
      throw EvaluationFailed.noSuchOverload();
    }
    pay(1);
    return optional.isEmpty()
        ? eval(call.args().getFirst(), scope)
        : call.function().equals("or") ? optional : optional.get();
  }

  /// Either side may decide alone, whatever error the other came to.
  private Object logic(CelExpr left, CelExpr right, boolean decisive, @Nullable Scope scope) {
    EvaluationFailed failure = null;
    for (CelExpr side : List.of(left, right)) {
      try {
        if (!(eval(side, scope) instanceof Boolean value)) {
          failure = EvaluationFailed.noSuchOverload();
        } else if (value == decisive) {
          return decisive;
        }
      } catch (CostExceeded e) {
        throw e;
      } catch (EvaluationFailed e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
    return !decisive;
  }

  private boolean notFalse(CelExpr condition, @Nullable Scope scope) {
    try {
      return !Boolean.FALSE.equals(eval(condition, scope));
    } catch (CostExceeded e) {
      throw e;
    } catch (EvaluationFailed e) {
      return true;
    }
  }

  private Object list(CelList list, @Nullable Scope scope) {
    ImmutableList<CelExpr> elements = list.elements();
    List<Object> values = elements.isEmpty() ? new Growing() : new ArrayList<>(elements.size());
    for (int i = 0; i < elements.size(); i++) {
      Object value = eval(elements.get(i), scope);
      if (list.optionalIndices().contains(i)) {
        optional(value).ifPresent(values::add);
      } else {
        values.add(value);
      }
    }
    pay(LIST_COST);
    return values;
  }

  private Object map(CelMap map, @Nullable Scope scope) {
    Map<Object, Object> values = new GrowingMap();
    for (CelMap.Entry entry : map.entries()) {
      Object key = eval(entry.key(), scope);
      Object value = eval(entry.value(), scope);
      if (entry.optionalEntry()) {
        optional(value).ifPresent(present -> Parts.insert(values, key, present));
      } else {
        Parts.insert(values, key, value);
      }
    }
    pay(MAP_COST);
    return values;
  }

  private Object struct(CelStruct struct, @Nullable Scope scope) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (CelStruct.Entry entry : struct.entries()) {
      Object value = eval(entry.value(), scope);
      if (entry.optionalEntry()) {
        optional(value).ifPresent(present -> fields.put(entry.fieldKey(), present));
      } else {
        fields.put(entry.fieldKey(), value);
      }
    }
    pay(STRUCT_COST);
    return new Constructed(struct.messageName(), fields);
  }

  private static Optional<Object> optional(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(present -> present);
    }
    throw EvaluationFailed.noSuchOverload();
  }

  private Object comprehension(CelComprehension loop, @Nullable Scope scope) {
    Object range = eval(loop.iterRange(), scope);
    Object result = eval(loop.accuInit(), scope);
    Iterable<Map.Entry<Object, Object>> entries = Parts.entries(range, !loop.iterVar2().isEmpty());
    for (Map.Entry<Object, Object> entry : entries) {
      lookAround();
      Scope accumulated = new Scope(scope, loop.accuVar(), result);
      if (!Boolean.TRUE.equals(eval(loop.loopCondition(), accumulated))) {
        break;
      }
      Scope step = new Scope(accumulated, loop.iterVar(), entry.getKey());
      if (!loop.iterVar2().isEmpty()) {
        step = new Scope(step, loop.iterVar2(), entry.getValue());
      }
      result = step(loop, step);
    }
    return unwrap(eval(loop.result(), new Scope(scope, loop.accuVar(), result)));
  }

  /// A failed step of `all` or `exists` may be made good by a later one.
  private Object step(CelComprehension loop, Scope scope) {
    try {
      return eval(loop.loopStep(), scope);
    } catch (CostExceeded e) {
      throw e;
    } catch (EvaluationFailed e) {
      if (loop.loopCondition().getKind() == CelExpr.ExprKind.Kind.CALL) {
        return new Failure(e);
      }
      throw e;
    }
  }

  /// An error that a macro carries along as its intermediate result.
  private record Failure(EvaluationFailed cause) {}

  private static Object unwrap(Object result) {
    if (result instanceof Failure(EvaluationFailed cause)) {
      throw cause;
    }
    return result;
  }

  private void lookAround() {
    if (++steps % STEPS_BETWEEN_LOOKS == 0 && Thread.currentThread().isInterrupted()) {
      throw CostExceeded.interrupted();
    }
  }
}
