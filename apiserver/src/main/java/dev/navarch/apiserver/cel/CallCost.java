package dev.navarch.apiserver.cel;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
import dev.navarch.apiserver.cel.KnownSizes.Operand;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one call can cost beside its arguments, and how large its result can get. The counterpart
/// of {@link RuntimeCost} for values that nobody has seen yet.
///
/// @param resultSize null when the result has no length, or nothing is known of it
record CallCost(Range cost, @Nullable Range resultSize) {
  private static final CallCost ONE = new CallCost(Range.ONE, null);
  private static final Range ADDRESS_BYTES = new Range(4, 16);
  private static final Range LIST_CALL = Range.exactly(RuntimeCost.LIST_CALL);

  /// No named format's regular expression is taken to be longer.
  private static final int LONGEST_FORMAT = 128;

  /// @param overloads those that the checker leaves open; more than one for dynamic values
  static CallCost of(String function, List<String> overloads, List<Operand> args) {
    if (args.isEmpty()) {
      return ONE;
    }
    Range first = args.getFirst().size();
    Range last = args.getLast().size();
    return switch (function) {
      case "check" -> new CallCost(Range.exactly(RuntimeCost.AUTHORIZATION), null);
      case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf" -> traversal(args.getFirst());
      case "isIP", "isCIDR", "cidr", "quantity", "isQuantity", "semver", "isSemver", "format" ->
          new CallCost(characters(first), null);
      case "url", "jsonpatch.escapeKey" -> new CallCost(characters(first), first);
      case "validate" ->
          new CallCost(
              characters(last).times(LONGEST_FORMAT * RuntimeCost.PER_REGEX_CHARACTER), null);
      case "fieldSelector", "labelSelector" ->
          new CallCost(
              Range.exactly(RuntimeCost.LIST_COST)
                  .plus(characters(last))
                  .plus(last.times(RuntimeCost.PER_REQUIREMENT)),
              null);
      case "ip" -> overloads.contains("cidr_ip") ? ONE : new CallCost(characters(first), null);
      case "ip.isCanonical" -> new CallCost(characters(first).times(2), null);
      case "lowerAscii", "upperAscii", "substring", "trim" ->
          new CallCost(characters(first), first);
      case "replace" ->
          args.size() < 3
              ? ONE
              : new CallCost(
                  first.times(2 * RuntimeCost.PER_CHARACTER),
                  replaced(first, args.get(1).size(), args.get(2).size()));
      case "split" ->
          new CallCost(first.times(2 * RuntimeCost.PER_CHARACTER), new Range(0, first.max()));
      case "join" -> join(args);
      case "find", "findAll" ->
          new CallCost(regex(first, args.get(1).size()), new Range(0, first.max()));
      case "matches" -> new CallCost(regex(first, last), null);
      case "contains" -> new CallCost(characters(first).times(characters(last)), null);
      case "startsWith", "endsWith" -> new CallCost(characters(last), null);
      case "slice" -> made(Range.exactly(sliced(args)), 1);
      case "lists.range" -> made(Range.exactly(constant(args.getFirst(), Long.MAX_VALUE)), 1);
      case "reverse" -> made(first, 1);
      case "flatten" ->
          made(first, args.size() > 1 ? (double) constant(args.getLast(), Long.MAX_VALUE) : 1);
      case "distinct" -> made(first.times(first), 2);
      case "sort" -> made(first.times(first), perComparison(args.getFirst()));
      case "@sortByAssociatedKeys" -> made(last.times(last), perComparison(args.getLast()));
      case "containsIP" -> address(overloads, "cidr_contains_ip_string", Range.NONE, last);
      case "containsCIDR" ->
          address(
              overloads,
              "cidr_contains_cidr_string",
              characters(ADDRESS_BYTES).plus(Range.ONE),
              last);
      case "bytes" ->
          overloads.contains("string_to_bytes")
              ? new CallCost(characters(first), new Range(first.min(), first.times(4.0).max()))
              : ONE;
      case "string" ->
          overloads.contains("bytes_to_string") ? new CallCost(characters(first), first) : ONE;
      case "@in" -> overloads.contains("in_list") ? new CallCost(last, null) : ONE;
      case "_==_" -> isOpaque(args) ? ONE : new CallCost(comparison(first, last), null);
      case "_!=_" -> new CallCost(comparison(first, last), null);
      case "_<_", "_<=_", "_>_", "_>=_" ->
          overloads.stream().anyMatch(id -> id.endsWith("_string") || id.endsWith("_bytes"))
              ? new CallCost(orOne(comparison(first, last), overloads), null)
              : ONE;
      case "_+_" -> sum(overloads, first.plus(last));
      case "sets.contains", "sets.intersects" ->
          new CallCost(first.times(last).plus(Range.ONE), null);
      case "sets.equivalent" -> new CallCost(first.times(last).times(2.0).plus(Range.ONE), null);
      default -> ONE;
    };
  }

  /// A list that is made out of another one.
  private static CallCost made(Range size, double perElement) {
    return new CallCost(size.times(perElement).plus(LIST_CALL), size);
  }

  private static double perComparison(Operand list) {
    CelType type = list.type();
    CelKind element =
        type.kind() == CelKind.LIST ? type.parameters().getFirst().kind() : CelKind.DYN;
    return element == CelKind.STRING || element == CelKind.BYTES
        ? 2 + RuntimeCost.PER_CHARACTER
        : 2;
  }

  private static long sliced(List<Operand> args) {
    long end = constant(args.getLast(), args.getFirst().size().max());
    return Math.max(0, end - constant(args.get(1), 0));
  }

  private static long constant(Operand arg, long otherwise) {
    CelConstant constant = arg.constant();
    return constant != null && constant.getKind() == CelConstant.Kind.INT64_VALUE
        ? Math.max(0, constant.int64Value())
        : otherwise;
  }

  /// Addresses, quantities and their kin, which are compared at a glance.
  private static boolean isOpaque(List<Operand> args) {
    CelType type = args.getFirst().type();
    return type.kind() == CelKind.OPAQUE
        && type.equals(args.getLast().type())
        && !(type instanceof OptionalType);
  }

  private static Range characters(Range size) {
    return size.times(RuntimeCost.PER_CHARACTER);
  }

  /// When other overloads than those over text are open, too.
  private static Range orOne(Range cost, List<String> overloads) {
    return overloads.size() > 1 ? cost.union(Range.ONE) : cost;
  }

  private static Range comparison(Range left, Range right) {
    long most = Math.min(left.max(), right.max());
    return characters(new Range(most > 0 ? 1 : 0, most));
  }

  private static Range regex(Range text, Range pattern) {
    return characters(text.plus(Range.ONE)).times(pattern.times(RuntimeCost.PER_REGEX_CHARACTER));
  }

  private static CallCost sum(List<String> overloads, Range size) {
    boolean text = overloads.contains("add_string") || overloads.contains("add_bytes");
    if (!text) {
      return overloads.contains("add_list") ? new CallCost(Range.ONE, size) : ONE;
    }
    return new CallCost(orOne(characters(size), overloads), size);
  }

  private static CallCost traversal(Operand target) {
    if (target.type().kind() != CelKind.LIST) {
      return new CallCost(characters(target.size()), null);
    }
    Range each = Range.ONE;
    CelType element = target.type().parameters().getFirst();
    if (element.kind() == CelKind.STRING || element.kind() == CelKind.BYTES) {
      each = each.plus(characters(target.elementSize()));
    }
    return new CallCost(target.size().times(each), null);
  }

  private static CallCost join(List<Operand> args) {
    Range list = args.getFirst().size();
    Range size = list.times(args.getFirst().elementSize());
    if (args.size() > 1) {
      Range separators = new Range(Math.max(0, list.min() - 1), Math.max(0, list.max() - 1));
      size = size.plus(args.get(1).size().times(separators));
    }
    return new CallCost(characters(size), size);
  }

  /// The shortest and longest that a text can become when parts of it are replaced.
  private static Range replaced(Range text, Range from, Range to) {
    long longest;
    if (from.min() == 0) {
      longest = new Range(0, text.max()).plus(Range.ONE).times(to).plus(text).max();
    } else if (to.max() <= from.min()) {
      longest = text.max();
    } else {
      longest = text.times(1.0 / from.min()).times(to).max();
    }
    long shortest;
    if (from.max() == 0) {
      shortest = text.plus(Range.ONE).times(to).plus(text).min();
    } else if (from.max() <= to.min()) {
      shortest = text.min();
    } else {
      shortest = text.times(1.0 / from.max()).times(to).min();
    }
    return new Range(shortest, longest);
  }

  private static CallCost address(List<String> overloads, String parsing, Range more, Range text) {
    Range cost = characters(ADDRESS_BYTES.plus(ADDRESS_BYTES)).plus(more);
    return new CallCost(overloads.contains(parsing) ? cost.plus(characters(text)) : cost, null);
  }
}
