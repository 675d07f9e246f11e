package dev.navarch.apiserver.cel;

import static dev.navarch.apiserver.cel.StandardFunctions.text;

import dev.navarch.api.Quantity;
import dev.navarch.apiserver.cel.Functions.Function;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Amounts of resources as values, and the comparisons that they share with versions.
final class QuantityFunctions {
  private QuantityFunctions() {}

  record Amount(Quantity quantity) implements Values.Ordered {
    @Override
    public String typeName() {
      return "kubernetes.Quantity";
    }

    @Override
    public int order(Values.Ordered other) {
      if (other instanceof Amount(Quantity amount)) {
        return Integer.signum(quantity.compareTo(amount));
      }
      throw EvaluationFailed.noSuchOverload();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Amount(Quantity amount) && quantity.compareTo(amount) == 0;
    }

    @Override
    public int hashCode() {
      return quantity.hashCode();
    }

    @Override
    public String toString() {
      return quantity.toString();
    }
  }

  static Map<String, Function> functions() {
    Map<String, Function> all = new HashMap<>();
    all.put("quantity", args -> new Amount(parse(text(args.getFirst()))));
    all.put("isQuantity", args -> isQuantity(text(args.getFirst())));
    all.put("sign", args -> (long) amount(args.getFirst()).signum());
    all.put("isInteger", args -> whole(amount(args.getFirst())).isPresent());
    all.put(
        "asInteger",
        args ->
            whole(amount(args.getFirst()))
                .orElseThrow(() -> new EvaluationFailed("cannot convert value to integer")));
    all.put("asApproximateFloat", args -> amount(args.getFirst()).doubleValue());
    all.put("add", args -> new Amount(amount(args.getFirst()).add(amount(args.get(1)))));
    all.put("sub", args -> new Amount(amount(args.getFirst()).subtract(amount(args.get(1)))));
    all.put("compareTo", args -> (long) order(args));
    all.put("isGreaterThan", args -> order(args) > 0);
    all.put("isLessThan", args -> order(args) < 0);
    return all;
  }

  private static int order(List<Object> args) {
    if (args.getFirst() instanceof Values.Ordered left
        && args.getLast() instanceof Values.Ordered right) {
      return left.order(right);
    }
    throw EvaluationFailed.noSuchOverload();
  }

  private static Quantity amount(Object value) {
    return switch (value) {
      case Amount(Quantity quantity) -> quantity;
      case Long whole -> Quantity.of(whole, Quantity.Format.DECIMAL);
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  private static Optional<Object> whole(Quantity quantity) {
    return Quantity.of(quantity.value(), quantity.format()).compareTo(quantity) == 0
        ? Optional.of(quantity.value())
        : Optional.empty();
  }

  private static Quantity parse(String text) {
    try {
      return Quantity.parse(text);
    } catch (IllegalArgumentException e) {
      throw new EvaluationFailed(String.valueOf(e.getMessage()));
    }
  }

  private static boolean isQuantity(String text) {
    try {
      Quantity.parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
