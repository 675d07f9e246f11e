package dev.navarch.api;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;

/// When a cron schedule is due: five fields (minute, hour, day of month, month, day of week), a
/// name that stands for them (`@daily`), or `@every 1h30m`. Reads what upstream's parser reads.
public sealed interface CronSchedule {

  /// The first time after this one; empty when none comes within five years.
  Optional<Instant> next(Instant after);

  /// At a fixed distance, in whole seconds.
  record Every(Duration distance) implements CronSchedule {
    @Override
    public Optional<Instant> next(Instant after) {
      return Optional.of(after.truncatedTo(ChronoUnit.SECONDS).plus(distance));
    }
  }

  /// By the clock of a zone. An hour that the zone's clock leaves out does not come; one that it
  /// repeats comes twice.
  record Clock(CronFields fields, ZoneId zone) implements CronSchedule {
    private static final int YEARS = 5;

    @Override
    public Optional<Instant> next(Instant after) {
      ZonedDateTime time = after.atZone(zone).truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
      ZonedDateTime end = time.plusYears(YEARS);
      while (time.isBefore(end)) {
        if (!fields.hasMonth(time.getMonthValue())) {
          time = time.toLocalDate().withDayOfMonth(1).plusMonths(1).atStartOfDay(zone);
        } else if (!fields.hasDay(time.toLocalDate())) {
          time = time.toLocalDate().plusDays(1).atStartOfDay(zone);
        } else if (!fields.hasHour(time.getHour())) {
          time = time.truncatedTo(ChronoUnit.HOURS).plusHours(1);
        } else if (!fields.hasMinute(time.getMinute())) {
          time = time.plusMinutes(1);
        } else {
          return Optional.of(time.toInstant());
        }
      }
      return Optional.empty();
    }
  }

  /// Names and what they stand for.
  Map<String, String> NAMES =
      Map.of(
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *",
          "@monthly", "0 0 1 * *",
          "@weekly", "0 0 * * 0",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@hourly", "0 * * * *");

  /// @throws IllegalArgumentException with a message that says what is wrong
  static CronSchedule parse(String schedule, ZoneId zone) {
    if (schedule.startsWith("@every ")) {
      return new Every(distance(schedule));
    }
    if (schedule.startsWith("@")) {
      String fields = NAMES.get(schedule);
      if (fields == null) {
        throw new IllegalArgumentException("unrecognized descriptor: " + schedule);
      }
      return new Clock(CronFields.parse(fields), zone);
    }
    return new Clock(CronFields.parse(schedule), zone);
  }

  /// A second at least.
  private static Duration distance(String schedule) {
    try {
      Duration distance = GoDuration.parse(schedule.substring("@every ".length()));
      return Duration.ofSeconds(Math.max(1, distance.toSeconds()));
    } catch (ApiException e) {
      throw new IllegalArgumentException(
          "failed to parse duration " + schedule + ": " + e.getMessage(), e);
    }
  }
}
