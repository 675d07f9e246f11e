package dev.navarch.apiserver.cel;

import dev.cel.common.values.CelByteString;
import java.util.List;
import java.util.Map;

/// What a call has cost, by the sizes that its arguments turned out to have.
final class RuntimeCost {
  static final double PER_CHARACTER = 0.1;
  static final double PER_REGEX_CHARACTER = 0.25;
  static final long AUTHORIZATION = 350_000;

  private RuntimeCost() {}

  static long of(String function, List<Object> args, Object result) {
    if (args.isEmpty()) {
      return 1;
    }
    Object first = args.getFirst();
    Object last = args.getLast();
    return switch (function) {
      case "check" -> AUTHORIZATION;
      case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf" -> traversal(first);
      case "url",
          "isURL",
          "lowerAscii",
          "upperAscii",
          "substring",
          "trim",
          "isIP",
          "isCIDR",
          "cidr",
          "quantity",
          "isQuantity",
          "semver",
          "isSemver",
          "startsWith",
          "endsWith",
          "format",
          "validate" ->
          function.equals("isURL") || (function.equals("format") && args.size() < 2)
              ? 1
              : characters(Values.size(first));
      case "ip" -> first instanceof String ? characters(Values.size(first)) : 1;
      case "ip.isCanonical", "replace", "split" -> characters(2 * Values.size(first));
      case "join" -> characters(2 * Values.size(result));
      case "string", "bytes" ->
          first instanceof CelByteString || function.equals("bytes")
              ? characters(Values.size(first))
              : 1;
      case "containsIP" ->
          characters(2 * Values.size(first))
              + (last instanceof String ? characters(Values.size(last)) : 0);
      case "containsCIDR" ->
          characters(2 * Values.size(first))
              + characters(Values.size(first))
              + 1
              + (last instanceof String ? characters(Values.size(last)) : 0);
      case "find", "findAll" -> args.size() < 2 ? 1 : regex(first, args.get(1));
      case "matches" -> regex(first, last);
      case "contains" -> characters(Values.size(first)) * characters(Values.size(last));
      case "@in", "_in_" -> last instanceof List<?> list ? list.size() : 1;
      case "_<_", "_<=_", "_>_", "_>=_" -> isText(first) && isText(last) ? smaller(first, last) : 1;
      case "_==_", "_!=_" -> smaller(first, last);
      case "_+_" ->
          isText(first) && isText(last) ? characters(Values.size(first) + Values.size(last)) : 1;
      case "sets.contains", "sets.intersects" -> Values.size(first) * Values.size(last);
      case "sets.equivalent" -> 2 * Values.size(first) * Values.size(last);
      default -> 1;
    };
  }

  private static boolean isText(Object value) {
    return value instanceof String || value instanceof CelByteString;
  }

  private static long smaller(Object first, Object last) {
    return characters(Math.min(Values.size(first), Values.size(last)));
  }

  private static long regex(Object text, Object pattern) {
    return characters(1 + Values.size(text))
        * (long) Math.ceil(Values.size(pattern) * PER_REGEX_CHARACTER);
  }

  private static long characters(long count) {
    return (long) Math.ceil(count * PER_CHARACTER);
  }

  /// The cost of looking at everything that a value holds.
  private static long traversal(Object value) {
    return switch (value) {
      case String text -> (long) (text.length() * PER_CHARACTER);
      case CelByteString bytes -> (long) (bytes.size() * PER_CHARACTER);
      case List<?> list -> list.stream().mapToLong(RuntimeCost::traversal).sum();
      case Map<?, ?> map ->
          map.entrySet().stream()
              .mapToLong(entry -> traversal(entry.getKey()) + traversal(entry.getValue()))
              .sum();
      case Fields fields ->
          fields.present().stream()
              .mapToLong(name -> traversal(name) + traversal(fields.field(name).orElse(name)))
              .sum();
      default -> 1;
    };
  }
}
