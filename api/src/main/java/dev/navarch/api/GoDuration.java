package dev.navarch.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as Go writes them: `1h30m0s`, `1.5s`, `300ms`. Flags, annotations and configuration
/// files of Kubernetes hold them too.
public final class GoDuration {
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);
  private static final Pattern PART =
      Pattern.compile("([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|ms|s|m|h)");
  private static final Pattern WHOLE = Pattern.compile("[-+]?(0|(" + PART.pattern() + ")+)");

  private GoDuration() {}

  public static Duration parse(String text) {
    if (!WHOLE.matcher(text).matches()) {
      throw invalid(text);
    }
    BigDecimal nanos = BigDecimal.ZERO;
    for (Matcher part = PART.matcher(text); part.find(); ) {
      nanos =
          nanos.add(
              new BigDecimal(part.group(1))
                  .multiply(BigDecimal.valueOf(NANOS.getOrDefault(part.group(2), 0L))));
    }
    BigInteger total = nanos.toBigInteger();
    BigInteger signed = text.startsWith("-") ? total.negate() : total;
    if (signed.bitLength() >= Long.SIZE) {
      throw invalid(text);
    }
    return Duration.ofNanos(signed.longValueExact());
  }

  private static ApiException invalid(String text) {
    return ApiException.badRequest("time: invalid duration \"" + text + "\"");
  }

  public static String format(Duration duration) {
    if (duration.isZero()) {
      return "0s";
    }
    String sign = duration.isNegative() ? "-" : "";
    Duration size = duration.abs();
    long nanos = size.toNanos();
    if (nanos < 1_000) {
      return sign + nanos + "ns";
    }
    if (nanos < 1_000_000) {
      return sign + fraction(nanos, 3) + "µs";
    }
    if (nanos < 1_000_000_000) {
      return sign + fraction(nanos, 6) + "ms";
    }
    long hours = size.toHours();
    long minutes = size.toMinutes();
    String seconds = fraction(nanos % 60_000_000_000L, 9) + "s";
    return sign
        + (hours > 0 ? hours + "h" : "")
        + (minutes > 0 ? minutes % 60 + "m" : "")
        + seconds;
  }

  private static String fraction(long nanos, int scale) {
    BigDecimal number = BigDecimal.valueOf(nanos, scale).stripTrailingZeros();
    return number.signum() == 0 ? "0" : number.toPlainString();
  }
}
