package dev.navarch.apiserver.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.navarch.apiserver.cel.DeclaredType.ListKind;
import dev.navarch.apiserver.cel.Functions.Function;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

/// Arithmetic, comparison and access: what is written as an operator. Integers do not wrap.
final class Operators {
  private Operators() {}

  static Map<String, Function> functions() {
    return Map.ofEntries(
        Map.entry("_+_", args -> add(args.getFirst(), args.getLast())),
        Map.entry("_-_", args -> subtract(args.getFirst(), args.getLast())),
        Map.entry("_*_", args -> arithmetic('*', args.getFirst(), args.getLast())),
        Map.entry("_/_", args -> arithmetic('/', args.getFirst(), args.getLast())),
        Map.entry("_%_", args -> arithmetic('%', args.getFirst(), args.getLast())),
        Map.entry("-_", args -> negate(args.getFirst())),
        Map.entry("!_", args -> !StandardFunctions.bool(args.getFirst())),
        Map.entry("_==_", args -> Values.equal(args.getFirst(), args.getLast())),
        Map.entry("_!=_", args -> !Values.equal(args.getFirst(), args.getLast())),
        Map.entry("_<_", args -> compare(args, order -> order < 0)),
        Map.entry("_<=_", args -> compare(args, order -> order <= 0)),
        Map.entry("_>_", args -> compare(args, order -> order > 0)),
        Map.entry("_>=_", args -> compare(args, order -> order >= 0)),
        Map.entry("@in", args -> in(args.getFirst(), args.getLast())),
        Map.entry("_[_]", args -> index(args.getFirst(), args.getLast())),
        Map.entry("_[?_]", args -> optionalIndex(args.getFirst(), args.getLast())));
  }

  private static boolean compare(List<Object> args, IntPredicate test) {
    OptionalInt order = Values.compare(args.getFirst(), args.getLast());
    return order.isPresent() && test.test(order.getAsInt());
  }

  static Object add(Object left, Object right) {
    return switch (left) {
      case String a when right instanceof String b -> a + b;
      case CelByteString a when right instanceof CelByteString b -> a.concat(b);
      case Interpreter.Growing grown when right instanceof List<?> more -> {
        grown.addAll(more);
        yield grown;
      }
      case DocumentList a when a.type().kind() != ListKind.ATOMIC && right instanceof List<?> b ->
          merge(a, b);
      case List<?> a when right instanceof List<?> b -> {
        Functions.checkSize((long) a.size() + b.size());
        List<Object> joined = new ArrayList<>(a.size() + b.size());
        joined.addAll(a);
        joined.addAll(b);
        yield joined;
      }
      case Instant time when right instanceof Duration span -> Times.inRange(time.plus(span));
      case Duration span when right instanceof Instant time -> Times.inRange(time.plus(span));
      case Duration a when right instanceof Duration b -> Times.inRange(a.plus(b));
      default -> arithmetic('+', left, right);
    };
  }

  /// A set gains what it lacks; a list by keys keeps its order and takes what has the same keys.
  private static List<Object> merge(DocumentList left, List<?> right) {
    Map<Object, Object> merged = new LinkedHashMap<>();
    for (int i = 0; i < left.size(); i++) {
      merged.put(left.identity(i), left.get(i));
    }
    for (int i = 0; i < right.size(); i++) {
      Object element = right.get(i);
      Object identity =
          right instanceof DocumentList document
              ? left.type().keys().isEmpty()
                  ? document.node().get(i)
                  : left.type().keys().stream().map(document.node().get(i)::path).toList()
              : keys(left, element);
      merged.put(identity, element);
    }
    return new ArrayList<>(merged.values());
  }

  private static Object keys(DocumentList kind, Object element) {
    return kind.type().keys().isEmpty()
        ? Documents.node(element)
        : kind.type().keys().stream().map(Documents.node(element)::path).toList();
  }

  private static Object subtract(Object left, Object right) {
    return switch (left) {
      case Instant time when right instanceof Duration span -> Times.inRange(time.minus(span));
      case Instant time when right instanceof Instant other -> Duration.between(other, time);
      case Duration a when right instanceof Duration b -> Times.inRange(a.minus(b));
      default -> arithmetic('-', left, right);
    };
  }

  private static Object arithmetic(char operator, Object left, Object right) {
    return switch (left) {
      case Long a when right instanceof Long b -> whole(operator, a, b);
      case UnsignedLong a when right instanceof UnsignedLong b ->
          unsigned(operator, a.bigIntegerValue(), b.bigIntegerValue());
      case Double a when right instanceof Double b ->
          switch (operator) {
            case '+' -> a + b;
            case '-' -> a - b;
            case '*' -> a * b;
            case '/' -> a / b;
            default -> throw EvaluationFailed.noSuchOverload();
          };
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  private static long whole(char operator, long a, long b) {
    refuseZero(operator, b == 0);
    try {
      return switch (operator) {
        case '+' -> Math.addExact(a, b);
        case '-' -> Math.subtractExact(a, b);
        case '*' -> Math.multiplyExact(a, b);
        case '/' -> Math.divideExact(a, b);
        default -> a == Long.MIN_VALUE && b == -1 ? overflow() : a % b;
      };
    } catch (ArithmeticException e) {
      throw new EvaluationFailed("integer overflow");
    }
  }

  private static long overflow() {
    throw new EvaluationFailed("integer overflow");
  }

  private static UnsignedLong unsigned(char operator, BigInteger a, BigInteger b) {
    refuseZero(operator, b.signum() == 0);
    BigInteger result =
        switch (operator) {
          case '+' -> a.add(b);
          case '-' -> a.subtract(b);
          case '*' -> a.multiply(b);
          case '/' -> a.divide(b);
          default -> a.mod(b);
        };
    if (result.signum() < 0 || result.bitLength() > Long.SIZE) {
      throw new EvaluationFailed("unsigned integer overflow");
    }
    return UnsignedLong.valueOf(result);
  }

  private static void refuseZero(char operator, boolean isZero) {
    if (isZero && operator == '/') {
      throw new EvaluationFailed("division by zero");
    }
    if (isZero && operator == '%') {
      throw new EvaluationFailed("modulus by zero");
    }
  }

  private static Object negate(Object value) {
    return switch (value) {
      case Long number -> {
        if (number == Long.MIN_VALUE) {
          throw new EvaluationFailed("integer overflow");
        }
        yield -number;
      }
      case Double number -> -number;
      case Duration duration -> duration.negated();
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  private static boolean in(Object element, Object container) {
    return switch (container) {
      case List<?> list -> list.stream().anyMatch(other -> Values.equal(element, other));
      case DeviceExpression.Domains domains -> domains.containsKey(element);
      case Map<?, ?> map -> Values.get(map, element) != null;
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  private static Object index(Object container, Object key) {
    return switch (container) {
      case Optional<?> optional -> optional.flatMap(value -> find(value, key));
      case List<?> list ->
          find(list, key)
              .orElseThrow(
                  () -> new EvaluationFailed("index out of bounds: " + Conversions.text(key)));
      default -> find(container, key).orElseThrow(() -> EvaluationFailed.noSuchKey(shown(key)));
    };
  }

  private static String shown(Object key) {
    return Conversions.text(key);
  }

  private static Optional<Object> optionalIndex(Object container, Object key) {
    return container instanceof Optional<?> optional
        ? optional.flatMap(value -> find(value, key))
        : find(container, key);
  }

  private static Optional<Object> find(Object container, Object key) {
    return switch (container) {
      case List<?> list -> {
        long index = position(key);
        yield index >= 0 && index < list.size()
            ? Optional.of(list.get((int) index))
            : Optional.empty();
      }
      case Map<?, ?> map -> Optional.ofNullable(Values.get(map, key));
      case Fields fields when key instanceof String name -> fields.field(name);
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  private static long position(Object key) {
    return switch (key) {
      case Long index -> index;
      case UnsignedLong index -> index.longValue();
      case Double index when index == Math.rint(index) -> index.longValue();
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }
}
