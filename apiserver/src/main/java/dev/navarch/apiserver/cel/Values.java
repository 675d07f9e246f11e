package dev.navarch.apiserver.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import dev.navarch.apiserver.cel.DeclaredType.ListKind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What every value can be asked: its type, its size, whether it equals another, which comes first.
/// Values are plain Java objects: Boolean, Long, UnsignedLong, Double, String, CelByteString,
/// Instant, Duration, NullValue, List, Map, Optional, {@link Fields}, {@link TypeValue}, and the
/// libraries' own records.
final class Values {
  private static final int UNORDERED = 2;

  private Values() {}

  /// A type as a value, as in `type(x) == string`.
  record TypeValue(String name) {}

  /// What a library's own value calls its type.
  interface Opaque {
    String typeName();

    /// What costs reckon with; 1 for what has no length.
    default long size() {
      return 1;
    }
  }

  /// What compares by `compareTo`, `isLessThan` and `isGreaterThan`.
  interface Ordered extends Opaque {
    /// -1, 0 or 1.
    int order(Ordered other);
  }

  static String typeName(Object value) {
    return switch (value) {
      case NullValue _ -> "null_type";
      case Boolean _ -> "bool";
      case Long _ -> "int";
      case UnsignedLong _ -> "uint";
      case Double _ -> "double";
      case String _ -> "string";
      case CelByteString _ -> "bytes";
      case Instant _ -> "google.protobuf.Timestamp";
      case Duration _ -> "google.protobuf.Duration";
      case List<?> _ -> "list";
      case Map<?, ?> _ -> "map";
      case Optional<?> _ -> "optional_type";
      case TypeValue _ -> "type";
      case Fields fields -> fields.typeName();
      case Opaque opaque -> opaque.typeName();
      default -> value.getClass().getSimpleName();
    };
  }

  /// The size that `size()` gives and costs are made of; 1 for what has none.
  static long size(Object value) {
    return switch (value) {
      case String text -> text.codePointCount(0, text.length());
      case CelByteString bytes -> bytes.size();
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case Fields fields -> fields.present().size();
      case Opaque opaque -> opaque.size();
      default -> 1;
    };
  }

  static boolean equal(Object left, Object right) {
    return switch (left) {
      case Long _, UnsignedLong _, Double _ -> order(left, right).orElse(UNORDERED) == 0;
      case DocumentList list when list.type().kind() != ListKind.ATOMIC -> unordered(list, right);
      case List<?> list -> right instanceof List<?> other && equal(list, other);
      case Map<?, ?> map -> right instanceof Map<?, ?> other && equal(map, other);
      case DocumentObject object
          when right instanceof DocumentObject other && object.node().equals(other.node()) ->
          true;
      case Fields fields -> right instanceof Fields other && equal(fields, other);
      case Optional<?> optional ->
          right instanceof Optional<?> other
              && optional.isPresent() == other.isPresent()
              && (optional.isEmpty() || equal(optional.get(), other.get()));
      default -> left.equals(right);
    };
  }

  private static boolean equal(List<?> left, List<?> right) {
    if (left.size() != right.size()) {
      return false;
    }
    Iterator<?> others = right.iterator();
    for (Object element : left) {
      if (!equal(element, others.next())) {
        return false;
      }
    }
    return true;
  }

  /// A set or a list that is a map by keys: the same elements in any order.
  private static boolean unordered(DocumentList left, Object right) {
    if (!(right instanceof List<?> other) || left.size() != other.size()) {
      return false;
    }
    if (other instanceof DocumentList document) {
      Map<Object, Integer> places = new HashMap<>();
      for (int i = 0; i < document.size(); i++) {
        places.put(
            left.type().keys().isEmpty() ? document.node().get(i) : identity(left, document, i), i);
      }
      for (int i = 0; i < left.size(); i++) {
        Integer place = places.get(left.identity(i));
        if (place == null || !equal(left.get(i), document.get(place))) {
          return false;
        }
      }
      return true;
    }
    List<Object> rest = new ArrayList<>(other);
    for (Object element : left) {
      if (!rest.removeIf(candidate -> equal(element, candidate))) {
        return false;
      }
    }
    return true;
  }

  private static Object identity(DocumentList kind, DocumentList of, int index) {
    return kind.type().keys().stream().map(of.node().get(index)::path).toList();
  }

  private static boolean equal(Map<?, ?> left, Map<?, ?> right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (Map.Entry<?, ?> entry : left.entrySet()) {
      Object other = get(right, entry.getKey());
      if (other == null || !equal(entry.getValue(), other)) {
        return false;
      }
    }
    return true;
  }

  private static boolean equal(Fields left, Fields right) {
    Set<String> names = left.present();
    if (!left.typeName().equals(right.typeName()) || !names.equals(right.present())) {
      return false;
    }
    return names.stream()
        .allMatch(name -> equal(left.field(name).orElseThrow(), right.field(name).orElseThrow()));
  }

  /// The value under a key; numbers that are equal are the same key. Null when there is none.
  static @Nullable Object get(Map<?, ?> map, Object key) {
    Object found = map.get(key);
    if (found != null || !isNumber(key)) {
      return found;
    }
    BigDecimal wanted = decimal(key);
    if (wanted.stripTrailingZeros().scale() > 0) {
      return null;
    }
    BigInteger whole = wanted.toBigInteger();
    Object signed = whole.bitLength() < Long.SIZE ? map.get(whole.longValue()) : null;
    if (signed != null) {
      return signed;
    }
    return whole.signum() >= 0 && whole.bitLength() <= Long.SIZE
        ? map.get(UnsignedLong.valueOf(whole))
        : null;
  }

  static boolean isNumber(Object value) {
    return value instanceof Long || value instanceof Double || value instanceof UnsignedLong;
  }

  /// -1, 0 or 1; empty for what has no order, as NaN.
  ///
  /// @throws EvaluationFailed for types that do not compare
  static OptionalInt compare(Object left, Object right) {
    OptionalInt order = order(left, right);
    if (order.isEmpty() && !(isNumber(left) && isNumber(right))) {
      throw EvaluationFailed.noSuchOverload();
    }
    return order;
  }

  private static OptionalInt order(Object left, Object right) {
    return switch (left) {
      case Boolean a when right instanceof Boolean b -> OptionalInt.of(Boolean.compare(a, b));
      case Long a when right instanceof Long b -> OptionalInt.of(Long.compare(a, b));
      case String a when right instanceof String b -> OptionalInt.of(compareText(a, b));
      case CelByteString a when right instanceof CelByteString b ->
          OptionalInt.of(
              Integer.signum(CelByteString.unsignedLexicographicalComparator().compare(a, b)));
      case Instant a when right instanceof Instant b -> OptionalInt.of(sign(a.compareTo(b)));
      case Duration a when right instanceof Duration b -> OptionalInt.of(sign(a.compareTo(b)));
      default -> isNumber(left) && isNumber(right) ? numbers(left, right) : OptionalInt.empty();
    };
  }

  private static OptionalInt numbers(Object left, Object right) {
    if (left instanceof Double a && right instanceof Double b) {
      return a.isNaN() || b.isNaN()
          ? OptionalInt.empty()
          : OptionalInt.of(a < b ? -1 : a > b ? 1 : 0);
    }
    if (left instanceof Double number && !Double.isFinite(number)) {
      return number.isNaN() ? OptionalInt.empty() : OptionalInt.of(number > 0 ? 1 : -1);
    }
    if (right instanceof Double number && !Double.isFinite(number)) {
      return number.isNaN() ? OptionalInt.empty() : OptionalInt.of(number > 0 ? -1 : 1);
    }
    return OptionalInt.of(decimal(left).compareTo(decimal(right)));
  }

  private static BigDecimal decimal(Object number) {
    return switch (number) {
      case Long whole -> BigDecimal.valueOf(whole);
      case UnsignedLong whole -> new BigDecimal(whole.bigIntegerValue());
      case Double real when Double.isFinite(real) -> new BigDecimal(real);
      default -> new BigDecimal("0.5");
    };
  }

  /// By code points, as the bytes of UTF-8 are ordered.
  private static int compareText(String left, String right) {
    int shorter = Math.min(left.length(), right.length());
    for (int i = 0; i < shorter; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        boolean surrogates = Character.isSurrogate(a) && Character.isSurrogate(b);
        return surrogates || (!Character.isSurrogate(a) && !Character.isSurrogate(b))
            ? Integer.compare(a, b)
            : Character.isSurrogate(a) ? 1 : -1;
      }
    }
    return sign(left.length() - right.length());
  }

  private static int sign(int order) {
    return Integer.signum(order);
  }
}
