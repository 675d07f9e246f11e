package dev.navarch.apiserver.cel;

import dev.cel.common.values.CelByteString;
import java.util.List;
import java.util.Map;

/// What a call costs, by the sizes that its arguments turn out to have, and of what it made.
final class RuntimeCost {
  static final double PER_CHARACTER = 0.1;
  static final double PER_REGEX_CHARACTER = 0.25;
  static final long AUTHORIZATION = 350_000;

  static final long LIST_COST = 10;

  /// Of a function that makes a list, whatever its size.
  static final long LIST_CALL = 1 + LIST_COST;

  /// Of the shortest requirement of a selector, two characters long: a struct and a list.
  static final double PER_REQUIREMENT = 25;

  private RuntimeCost() {}

  /// What is known before the call: it is paid first, so that nothing is done that nobody can pay.
  static long before(String function, List<Object> args) {
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
          "jsonpatch.escapeKey",
          "format" ->
          function.equals("isURL") ? 1 : characters(Values.size(first));
      case "startsWith", "endsWith" -> characters(Values.size(last));
      case "validate" ->
          first instanceof FormatFunctions.NamedFormat format
              ? matching(Values.size(last), format.patternSize())
              : 1;
      case "fieldSelector", "labelSelector" -> selector(Values.size(last));
      case "ip" -> first instanceof String ? characters(Values.size(first)) : 1;
      case "ip.isCanonical", "replace", "split" -> characters(2 * Values.size(first));
      case "join" -> 0;
      case "slice", "reverse", "lists.range" -> LIST_CALL;
      case "flatten" ->
          LIST_CALL
              + Math.multiplyExact(
                  Values.size(first), args.size() > 1 && last instanceof Long deep ? deep : 1);
      case "distinct", "sort" -> LIST_CALL + comparisons(first);
      case "@sortByAssociatedKeys" -> LIST_CALL + comparisons(last);
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
      case "sets.contains", "sets.intersects" -> 1 + Values.size(first) * Values.size(last);
      case "sets.equivalent" -> 1 + 2 * Values.size(first) * Values.size(last);
      default -> 1;
    };
  }

  /// What the size of the result adds.
  static long after(String function, List<Object> args, Object result) {
    return switch (function) {
      case "join" -> characters(2 * Values.size(result));
      case "slice", "lists.range" -> Values.size(result);
      case "reverse" -> result instanceof List<?> list ? list.size() : 0;
      default -> 0;
    };
  }

  /// A selector is read, and each of its requirements kept.
  private static long selector(long length) {
    return LIST_COST + characters(length) + (long) Math.ceil(length * PER_REQUIREMENT);
  }

  /// Every element with every other, as sorting is taken to do at worst.
  private static long comparisons(Object value) {
    if (!(value instanceof List<?> list)) {
      return 0;
    }
    long pairs = (long) list.size() * list.size();
    boolean ofText = !list.isEmpty() && isText(list.getFirst());
    return (long) (pairs * (ofText ? 2 + PER_CHARACTER : 2));
  }

  private static boolean isText(Object value) {
    return value instanceof String || value instanceof CelByteString;
  }

  private static long smaller(Object first, Object last) {
    return characters(Math.min(Values.size(first), Values.size(last)));
  }

  private static long regex(Object text, Object pattern) {
    return matching(Values.size(text), Values.size(pattern));
  }

  private static long matching(long text, long pattern) {
    return characters(1 + text) * (long) Math.ceil(pattern * PER_REGEX_CHARACTER);
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
