package dev.navarch.apiserver.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// `"%s has %.2f".format([name, amount])`, with CEL's clauses.
final class TextFormat {
  private static final int DEFAULT_PRECISION = 6;
  private static final int MAX_PRECISION = 1000;

  private TextFormat() {}

  static String format(String pattern, List<?> args) {
    StringBuilder out = new StringBuilder();
    int used = 0;
    int at = 0;
    while (at < pattern.length()) {
      char c = pattern.charAt(at++);
      if (c != '%') {
        out.append(c);
        continue;
      }
      if (at < pattern.length() && pattern.charAt(at) == '%') {
        out.append('%');
        at++;
        continue;
      }
      int precision = DEFAULT_PRECISION;
      if (at < pattern.length() && pattern.charAt(at) == '.') {
        int digits = ++at;
        while (at < pattern.length() && Character.isDigit(pattern.charAt(at))) {
          at++;
        }
        precision = precision(pattern.substring(digits, at));
      }
      if (at >= pattern.length()) {
        throw new EvaluationFailed("unexpected end of string");
      }
      if (used >= args.size()) {
        throw new EvaluationFailed("index " + used + " out of range");
      }
      out.append(clause(pattern.charAt(at++), precision, args.get(used++)));
      StringFunctions.checkLength(out.length());
    }
    return out.toString();
  }

  private static int precision(String digits) {
    int precision = digits.isEmpty() || digits.length() > 4 ? -1 : Integer.parseInt(digits);
    if (precision < 0 || precision > MAX_PRECISION) {
      throw new EvaluationFailed("error while parsing precision: \"" + digits + "\"");
    }
    return precision;
  }

  private static String clause(char verb, int precision, Object value) {
    return switch (verb) {
      case 's' -> text(value);
      case 'd' ->
          switch (value) {
            case Long number -> number.toString();
            case UnsignedLong number -> number.toString();
            case Double number when !Double.isFinite(number) -> special(number);
            default -> throw wrong(verb, "integers", value);
          };
      case 'f' ->
          Double.isFinite(real(verb, value))
              ? new BigDecimal(real(verb, value))
                  .setScale(precision, RoundingMode.HALF_EVEN)
                  .toPlainString()
              : special(real(verb, value));
      case 'e' ->
          Double.isFinite(real(verb, value))
              ? String.format(Locale.ROOT, "%." + precision + "e", real(verb, value))
              : special(real(verb, value));
      case 'b' -> value instanceof Boolean bool ? bool ? "1" : "0" : whole(verb, value).toString(2);
      case 'o' -> whole(verb, value).toString(8);
      case 'x' -> hex(verb, value);
      case 'X' -> hex(verb, value).toUpperCase(Locale.ROOT);
      default -> throw new EvaluationFailed("unrecognized formatting clause \"" + verb + "\"");
    };
  }

  private static double real(char verb, Object value) {
    return switch (value) {
      case Double number -> number;
      case Long number -> number;
      case UnsignedLong number -> number.doubleValue();
      default -> throw wrong(verb, "doubles", value);
    };
  }

  private static BigInteger whole(char verb, Object value) {
    return switch (value) {
      case Long number -> BigInteger.valueOf(number);
      case UnsignedLong number -> number.bigIntegerValue();
      default -> throw wrong(verb, "integers", value);
    };
  }

  private static String hex(char verb, Object value) {
    return switch (value) {
      case String text -> HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
      case CelByteString bytes -> HexFormat.of().formatHex(bytes.toByteArray());
      default -> whole(verb, value).toString(16);
    };
  }

  private static String special(double number) {
    return Double.isNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
  }

  private static EvaluationFailed wrong(char verb, String allowed, Object value) {
    return new EvaluationFailed(
        "error during formatting: %%%s clause can only be used on %s, was given %s"
            .formatted(verb, allowed, Values.typeName(value)));
  }

  private static String text(Object value) {
    return switch (value) {
      case dev.cel.common.values.NullValue _ -> "null";
      case Double number when !Double.isFinite(number) -> special(number);
      case List<?> list ->
          "[" + String.join(", ", list.stream().map(TextFormat::text).toList()) + "]";
      case Map<?, ?> map -> {
        Map<String, String> sorted = new TreeMap<>();
        map.forEach((key, of) -> sorted.put(text(key), text(of)));
        List<String> entries = new ArrayList<>();
        sorted.forEach((key, of) -> entries.add(key + ": " + of));
        yield "{" + String.join(", ", entries) + "}";
      }
      default -> Conversions.text(value);
    };
  }
}
