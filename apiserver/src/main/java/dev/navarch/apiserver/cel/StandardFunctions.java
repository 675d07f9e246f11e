package dev.navarch.apiserver.cel;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cel.common.values.CelByteString;
import dev.navarch.apiserver.cel.Functions.Function;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The named functions that every CEL has: sizes, conversions, types, parts of times, searching
/// text.
final class StandardFunctions {
  private static final List<String> TIME_PARTS =
      List.of(
          "getFullYear",
          "getMonth",
          "getDate",
          "getDayOfMonth",
          "getDayOfWeek",
          "getDayOfYear",
          "getHours",
          "getMinutes",
          "getSeconds",
          "getMilliseconds");

  private StandardFunctions() {}

  static Map<String, Function> functions() {
    Map<String, Function> all = new HashMap<>();
    all.put("size", args -> size(args.getFirst()));
    all.put("type", args -> new Values.TypeValue(Values.typeName(args.getFirst())));
    all.put("dyn", List::getFirst);
    all.put("int", args -> Conversions.toInt(args.getFirst()));
    all.put("uint", args -> Conversions.toUint(args.getFirst()));
    all.put("double", args -> Conversions.toDouble(args.getFirst()));
    all.put("bool", args -> Conversions.toBool(args.getFirst()));
    all.put("string", args -> Conversions.text(args.getFirst()));
    all.put("bytes", args -> Conversions.toBytes(args.getFirst()));
    all.put("timestamp", args -> Conversions.toTimestamp(args.getFirst()));
    all.put("duration", args -> Conversions.toDuration(args.getFirst()));
    all.put("contains", args -> text(args.getFirst()).contains(text(args.get(1))));
    all.put("startsWith", args -> text(args.getFirst()).startsWith(text(args.get(1))));
    all.put("endsWith", args -> text(args.getFirst()).endsWith(text(args.get(1))));
    all.put("matches", args -> regex(text(args.get(1))).matcher(text(args.getFirst())).find());
    all.put(
        "jsonpatch.escapeKey", args -> text(args.getFirst()).replace("~", "~0").replace("/", "~1"));
    for (String part : TIME_PARTS) {
      all.put(part, args -> Times.get(part, args));
    }
    return all;
  }

  private static Object size(Object value) {
    return switch (value) {
      case String _, CelByteString _, List<?> _, Map<?, ?> _ -> Values.size(value);
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  static String text(Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  static boolean bool(Object value) {
    if (value instanceof Boolean bool) {
      return bool;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  static long whole(Object value) {
    if (value instanceof Long number) {
      return number;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  static List<?> list(Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  /// A regular expression in RE2's language, whose matching takes linear time.
  static Pattern regex(String pattern) {
    try {
      return Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new EvaluationFailed(
          "error parsing regexp: " + e.getDescription() + ": `" + e.getPattern() + "`");
    }
  }
}
