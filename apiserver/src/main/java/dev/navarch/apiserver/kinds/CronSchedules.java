package dev.navarch.apiserver.kinds;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Checks that a cron schedule can be read: five fields, or one of the names that stand for them.
final class CronSchedules {
  private static final Set<String> NAMES =
      Set.of("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly");
  private static final String MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec";
  private static final String DAYS = "sun mon tue wed thu fri sat";

  /// One of the five: its range, and the words that may stand for numbers.
  private record Unit(int least, int most, List<String> words) {}

  private static final List<Unit> UNITS =
      List.of(
          new Unit(0, 59, List.of()),
          new Unit(0, 23, List.of()),
          new Unit(1, 31, List.of()),
          new Unit(1, 12, List.of(MONTHS.split(" "))),
          new Unit(0, 6, List.of(DAYS.split(" "))));

  private CronSchedules() {}

  /// What is wrong with a schedule; empty when nothing is.
  static Optional<String> complaint(String schedule) {
    if (schedule.startsWith("@")) {
      boolean known =
          NAMES.contains(schedule) || schedule.matches("@every ([0-9.]+(ns|us|µs|ms|s|m|h))+");
      return known ? Optional.empty() : Optional.of("unrecognized descriptor: " + schedule);
    }
    String[] fields = schedule.strip().split("\\s+");
    if (fields.length != UNITS.size()) {
      return Optional.of(
          "expected exactly 5 fields, found %d: [%s]"
              .formatted(fields.length, String.join(" ", fields)));
    }
    for (int i = 0; i < fields.length; i++) {
      for (String part : fields[i].split(",", -1)) {
        Optional<String> wrong = complaint(part, UNITS.get(i));
        if (wrong.isPresent()) {
          return wrong;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> complaint(String part, Unit unit) {
    String[] stepped = part.split("/", -1);
    if (stepped.length > 2) {
      return Optional.of("too many slashes: " + part);
    }
    if (stepped.length == 2 && !stepped[1].matches("[1-9][0-9]{0,8}")) {
      return Optional.of("step of range should be a positive number: " + part);
    }
    if (stepped[0].equals("*") || stepped[0].equals("?")) {
      return Optional.empty();
    }
    String[] ends = stepped[0].split("-", -1);
    if (ends.length > 2) {
      return Optional.of("too many hyphens: " + part);
    }
    int from = number(ends[0], unit);
    int to = number(ends[ends.length - 1], unit);
    if (from < 0 || to < 0) {
      return Optional.of("failed to parse number: " + part);
    }
    if (from < unit.least) {
      return Optional.of(
          "beginning of range (%d) below minimum (%d): %s".formatted(from, unit.least, part));
    }
    if (to > unit.most) {
      return Optional.of("end of range (%d) above maximum (%d): %s".formatted(to, unit.most, part));
    }
    return from > to
        ? Optional.of(
            "beginning of range (%d) beyond end of range (%d): %s".formatted(from, to, part))
        : Optional.empty();
  }

  private static int number(String text, Unit unit) {
    int word = unit.words.indexOf(text.toLowerCase(Locale.ROOT));
    if (word >= 0) {
      return word + unit.least;
    }
    return text.matches("[0-9]{1,8}") ? Integer.parseInt(text) : -1;
  }
}
