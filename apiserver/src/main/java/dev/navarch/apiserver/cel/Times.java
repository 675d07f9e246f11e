package dev.navarch.apiserver.cel;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Points in time and spans between them, read and written as Go does.
final class Times {
  private static final Pattern PART = Pattern.compile("([0-9]*\\.?[0-9]*)(ns|us|µs|μs|ms|s|m|h)");
  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private Times() {}

  /// RFC 3339, or a date alone.
  static Instant timestamp(String text) {
    try {
      return inRange(
          text.length() == 10
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      throw new EvaluationFailed("invalid timestamp \"" + text + "\"");
    }
  }

  static Instant inRange(Instant time) {
    if (time.isBefore(FIRST) || time.isAfter(LAST)) {
      throw new EvaluationFailed("timestamp overflow");
    }
    return time;
  }

  /// `1h30m`, `-1.5s`, `0`.
  static Duration duration(String text) {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Duration.ZERO;
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher part = PART.matcher(rest);
    int at = 0;
    while (part.lookingAt() && part.group(1).chars().anyMatch(Character::isDigit)) {
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit(part.group(2))));
      at = part.end();
      part.region(at, rest.length());
    }
    if (rest.isEmpty() || at != rest.length()) {
      throw new EvaluationFailed("time: invalid duration \"" + text + "\"");
    }
    try {
      long exact = nanos.setScale(0, RoundingMode.DOWN).longValueExact();
      return Duration.ofNanos(negative ? -exact : exact);
    } catch (ArithmeticException e) {
      throw new EvaluationFailed("time: invalid duration \"" + text + "\"");
    }
  }

  private static BigDecimal unit(String unit) {
    return BigDecimal.valueOf(
        switch (unit) {
          case "ns" -> 1L;
          case "us", "µs", "μs" -> 1_000L;
          case "ms" -> 1_000_000L;
          case "s" -> 1_000_000_000L;
          case "m" -> 60_000_000_000L;
          default -> 3_600_000_000_000L;
        });
  }

  /// In seconds, `5400s`, as CEL writes durations.
  static String text(Duration duration) {
    BigDecimal seconds =
        BigDecimal.valueOf(duration.getSeconds())
            .add(BigDecimal.valueOf(duration.getNano(), 9))
            .stripTrailingZeros();
    return (seconds.signum() == 0 ? "0" : seconds.toPlainString()) + "s";
  }

  static Duration inRange(Duration duration) {
    if (duration.abs().compareTo(LONGEST) > 0) {
      throw new EvaluationFailed("duration overflow");
    }
    return duration;
  }

  /// The accessors of timestamps (`getHours` and so on), in UTC or the zone that is named.
  static Object get(String accessor, List<Object> arguments) {
    if (arguments.getFirst() instanceof Duration duration && arguments.size() == 1) {
      return switch (accessor) {
        case "getHours" -> duration.toHours();
        case "getMinutes" -> duration.toMinutes();
        case "getSeconds" -> duration.toSeconds();
        case "getMilliseconds" -> duration.toMillis();
        default -> throw EvaluationFailed.noSuchOverload();
      };
    }
    if (!(arguments.getFirst() instanceof Instant instant)) {
      throw EvaluationFailed.noSuchOverload();
    }
    ZonedDateTime time =
        instant.atZone(
            arguments.size() > 1 && arguments.get(1) instanceof String zone
                ? zone(zone)
                : ZoneOffset.UTC);
    return (long)
        switch (accessor) {
          case "getFullYear" -> time.getYear();
          case "getMonth" -> time.getMonthValue() - 1;
          case "getDate" -> time.getDayOfMonth();
          case "getDayOfMonth" -> time.getDayOfMonth() - 1;
          case "getDayOfWeek" -> time.getDayOfWeek().getValue() % 7;
          case "getDayOfYear" -> time.getDayOfYear() - 1;
          case "getHours" -> time.getHour();
          case "getMinutes" -> time.getMinute();
          case "getSeconds" -> time.getSecond();
          case "getMilliseconds" -> time.getNano() / 1_000_000;
          default -> throw EvaluationFailed.noSuchOverload();
        };
  }

  private static ZoneId zone(String name) {
    try {
      return Pattern.matches("\\d{2}:\\d{2}", name) ? ZoneOffset.of("+" + name) : ZoneId.of(name);
    } catch (DateTimeException e) {
      throw new EvaluationFailed("unknown time zone " + name);
    }
  }
}
