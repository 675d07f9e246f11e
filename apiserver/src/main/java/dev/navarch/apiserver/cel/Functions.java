package dev.navarch.apiserver.cel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// All functions that expressions can call, by name. Which overload is meant follows from the
/// values; the checker has seen to it that there is one.
final class Functions {
  private static final Map<String, Function> ALL = new HashMap<>();

  static {
    ALL.putAll(Operators.functions());
    ALL.putAll(StandardFunctions.functions());
    ALL.putAll(StringFunctions.functions());
    ALL.putAll(ListFunctions.functions());
    ALL.putAll(ListTransforms.functions());
    ALL.putAll(OptionalFunctions.functions());
    ALL.putAll(QuantityFunctions.functions());
    ALL.putAll(UrlFunctions.functions());
    ALL.putAll(AddressFunctions.functions());
    ALL.putAll(FormatFunctions.functions());
    ALL.putAll(SemverFunctions.functions());
    ALL.putAll(AuthorizerFunctions.functions());
  }

  private Functions() {}

  /// A function over values; a receiver comes first.
  interface Function {
    Object apply(List<Object> args);
  }

  /// Keeps what an expression makes within what it could pay to look through, and memory with it:
  /// elements of a list, or tenths of a text's characters.
  static void checkSize(long size) {
    if (size > Budget.PER_CALL) {
      throw CostExceeded.ofCall();
    }
  }

  static Object call(String name, List<Object> args) {
    Function function = ALL.get(name);
    if (function == null) {
      throw new EvaluationFailed("no such overload: " + name);
    }
    return function.apply(args);
  }
}
