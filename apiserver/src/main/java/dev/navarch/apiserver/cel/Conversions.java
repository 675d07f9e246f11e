package dev.navarch.apiserver.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.navarch.api.Json;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;

/// `int(x)`, `string(x)` and the other conversions of the standard library.
final class Conversions {
  private static final double TWO_TO_63 = 0x1p63;
  private static final double TWO_TO_64 = 0x1p64;

  private Conversions() {}

  static Object toInt(Object value) {
    return switch (value) {
      case Long number -> number;
      case UnsignedLong number -> {
        if (number.bigIntegerValue().bitLength() >= Long.SIZE) {
          throw new EvaluationFailed("integer overflow");
        }
        yield number.longValue();
      }
      case Double number -> {
        if (!(number > -TWO_TO_63 && number < TWO_TO_63)) {
          throw new EvaluationFailed("integer overflow");
        }
        yield number.longValue();
      }
      case String text -> {
        try {
          yield Long.parseLong(text);
        } catch (NumberFormatException e) {
          throw parse("ParseInt", text, text.matches("[+-]?[0-9]+"));
        }
      }
      case Instant time -> time.getEpochSecond();
      case Duration duration -> duration.toNanos();
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  static Object toUint(Object value) {
    return switch (value) {
      case UnsignedLong number -> number;
      case Long number -> {
        if (number < 0) {
          throw new EvaluationFailed("unsigned integer overflow");
        }
        yield UnsignedLong.valueOf(number);
      }
      case Double number -> {
        if (!(number >= 0 && number < TWO_TO_64)) {
          throw new EvaluationFailed("unsigned integer overflow");
        }
        yield UnsignedLong.valueOf(new java.math.BigDecimal(number).toBigInteger());
      }
      case String text -> {
        boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!digits || new BigInteger(text).bitLength() > Long.SIZE) {
          throw parse("ParseUint", text, digits);
        }
        yield UnsignedLong.valueOf(text);
      }
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  static Object toDouble(Object value) {
    return switch (value) {
      case Double number -> number;
      case Long number -> (double) number;
      case UnsignedLong number -> number.doubleValue();
      case String text -> {
        try {
          yield switch (text) {
            case "NaN" -> Double.NaN;
            case "Infinity", "+Infinity", "Inf", "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Infinity", "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> {
              if (!text.matches("[-+0-9.eE_xXa-fA-FpP]+") || text.matches(".*[dDfF]")) {
                throw new NumberFormatException();
              }
              yield Double.parseDouble(text);
            }
          };
        } catch (NumberFormatException e) {
          throw parse("ParseFloat", text, false);
        }
      }
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  static Object toBool(Object value) {
    return switch (value) {
      case Boolean bool -> bool;
      case String text ->
          switch (text) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw parse("ParseBool", text, false);
          };
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  static Object toBytes(Object value) {
    return switch (value) {
      case CelByteString bytes -> bytes;
      case String text -> CelByteString.copyFromUtf8(text);
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  static Object toTimestamp(Object value) {
    return switch (value) {
      case Instant time -> time;
      case String text -> Times.timestamp(text);
      case Long seconds -> Times.inRange(Instant.ofEpochSecond(seconds));
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  static Object toDuration(Object value) {
    return switch (value) {
      case Duration duration -> duration;
      case String text -> Times.duration(text);
      case Long nanos -> Duration.ofNanos(nanos);
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  /// `string(x)`.
  static String text(Object value) {
    return switch (value) {
      case String text -> text;
      case Boolean bool -> bool.toString();
      case Long number -> number.toString();
      case UnsignedLong number -> number.toString();
      case Double number -> real(number);
      case CelByteString bytes -> {
        if (!bytes.isValidUtf8()) {
          throw new EvaluationFailed("invalid UTF-8 in bytes, cannot convert to string");
        }
        yield bytes.toStringUtf8();
      }
      case Instant time -> time.toString();
      case Duration duration -> Times.text(duration);
      case Values.TypeValue type -> type.name();
      case Values.Opaque opaque -> opaque.toString();
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  private static String real(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    return Double.isInfinite(number)
        ? number > 0 ? "+Inf" : "-Inf"
        : Json.text(Documents.node(number));
  }

  private static EvaluationFailed parse(String function, String text, boolean outOfRange) {
    return new EvaluationFailed(
        "strconv.%s: parsing %s: %s"
            .formatted(
                function,
                Json.text(Documents.node(text)),
                outOfRange ? "value out of range" : "invalid syntax"));
  }
}
