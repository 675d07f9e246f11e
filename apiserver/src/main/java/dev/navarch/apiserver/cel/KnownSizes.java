package dev.navarch.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.common.ast.CelReference;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import dev.navarch.apiserver.cel.DeclaredType.ListOf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is known of the parts of an expression while its cost is estimated: their declared types,
/// their sizes, and the variables of the macros around them.
final class KnownSizes {
  private final CelAbstractSyntaxTree ast;
  private final Map<String, DeclaredType> variables;
  private final Map<String, List<Local>> locals = new HashMap<>();
  private final Map<Long, DeclaredType> declared = new HashMap<>();
  private final Map<Long, Range> sizes = new HashMap<>();
  private final Map<Long, Entry> entries = new HashMap<>();

  KnownSizes(CelAbstractSyntaxTree ast, Map<String, DeclaredType> variables) {
    this.ast = ast;
    this.variables = variables;
  }

  /// The sizes of keys and of values in a list or map that the expression itself makes.
  record Entry(Range key, Range value) {
    static @Nullable Entry union(@Nullable Entry a, @Nullable Entry b) {
      return a == null || b == null ? null : new Entry(a.key.union(b.key), a.value.union(b.value));
    }
  }

  /// A variable of a macro.
  record Local(@Nullable DeclaredType type, @Nullable Range size, @Nullable Entry entry) {}

  @Nullable DeclaredType typeOf(String name, CelExpr expr) {
    Local local = local(name);
    return local != null
        ? local.type()
        : variables.get(ast.getReference(expr.id()).map(CelReference::name).orElse(name));
  }

  private @Nullable Local local(String name) {
    List<Local> stack = locals.get(name);
    return stack == null || stack.isEmpty() ? null : stack.getLast();
  }

  /// As it was declared; null when that is not known.
  @Nullable DeclaredType type(CelExpr expr) {
    return declared.get(expr.id());
  }

  void setSize(CelExpr expr, Range size) {
    sizes.put(expr.id(), size);
  }

  void setSizeIfNone(CelExpr expr, Range size) {
    sizes.putIfAbsent(expr.id(), size);
  }

  void note(CelExpr expr, @Nullable DeclaredType type) {
    if (type != null) {
      declared.put(expr.id(), type);
    }
  }

  /// An argument, as far as costs depend on it.
  ///
  /// @param elementSize the size of a list's elements; unknown for what is no list
  record Operand(CelType type, Range size, Range elementSize, @Nullable CelConstant constant) {}

  Operand operand(CelExpr expr) {
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

  Local accumulator(CelExpr init) {
    return new Local(declared.get(init.id()), knownSize(init), entry(init));
  }

  void push(String name, Local local) {
    locals.computeIfAbsent(name, missing -> new ArrayList<>()).add(local);
  }

  void pop(String name) {
    List<Local> stack = locals.get(name);
    if (stack != null) {
      stack.removeLast();
    }
  }

  void setEntry(CelExpr expr, @Nullable Entry entry) {
    if (entry != null) {
      entries.put(expr.id(), entry);
    }
  }

  @Nullable Entry entry(CelExpr expr) {
    Entry known = entries.get(expr.id());
    if (known == null && expr.getKind() == ExprKind.Kind.IDENT) {
      Local local = local(expr.ident().name());
      return local == null ? null : local.entry();
    }
    return known;
  }

  Range size(CelExpr expr) {
    Range size = knownSize(expr);
    return size == null ? Range.UNKNOWN : size;
  }

  @Nullable Range knownSize(CelExpr expr) {
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
    if (ast.getType(expr.id()).filter(KnownSizes::isScalar).isPresent()) {
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
