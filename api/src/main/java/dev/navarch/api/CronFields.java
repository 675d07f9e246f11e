package dev.navarch.api;

import java.time.LocalDate;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/// The five fields of a cron schedule, each as the numbers that it admits.
///
/// @param anyDayOfMonth whether the field is `*`: then the day of week decides alone
public record CronFields(
    BitSet minutes,
    BitSet hours,
    BitSet daysOfMonth,
    BitSet months,
    BitSet daysOfWeek,
    boolean anyDayOfMonth,
    boolean anyDayOfWeek) {
  private static final List<String> MONTHS =
      List.of("jan feb mar apr may jun jul aug sep oct nov dec".split(" "));
  private static final List<String> DAYS = List.of("sun mon tue wed thu fri sat".split(" "));

  /// One of the five: its range, and the words that may stand for numbers.
  private record Unit(int least, int most, List<String> words) {}

  private static final List<Unit> UNITS =
      List.of(
          new Unit(0, 59, List.of()),
          new Unit(0, 23, List.of()),
          new Unit(1, 31, List.of()),
          new Unit(1, 12, MONTHS),
          new Unit(0, 6, DAYS));

  static CronFields parse(String schedule) {
    String[] fields = schedule.strip().split("\\s+");
    if (fields.length != UNITS.size()) {
      throw new IllegalArgumentException(
          "expected exactly 5 fields, found %d: [%s]"
              .formatted(fields.length, String.join(" ", fields)));
    }
    return new CronFields(
        numbers(fields, 0),
        numbers(fields, 1),
        numbers(fields, 2),
        numbers(fields, 3),
        numbers(fields, 4),
        isAny(fields[2]),
        isAny(fields[4]));
  }

  boolean hasMinute(int minute) {
    return minutes.get(minute);
  }

  boolean hasHour(int hour) {
    return hours.get(hour);
  }

  boolean hasMonth(int month) {
    return months.get(month);
  }

  /// Where both days are restricted, either will do.
  boolean hasDay(LocalDate date) {
    boolean ofMonth = daysOfMonth.get(date.getDayOfMonth());
    boolean ofWeek = daysOfWeek.get(date.getDayOfWeek().getValue() % DAYS.size());
    return (anyDayOfMonth || anyDayOfWeek) ? ofMonth && ofWeek : ofMonth || ofWeek;
  }

  /// `*/2` restricts, `*/1` does not.
  private static boolean isAny(String field) {
    for (String part : field.split(",", -1)) {
      String[] stepped = part.split("/", -1);
      boolean whole = stepped[0].equals("*") || stepped[0].equals("?");
      if (whole && (stepped.length == 1 || Integer.parseInt(stepped[1]) == 1)) {
        return true;
      }
    }
    return false;
  }

  private static BitSet numbers(String[] fields, int at) {
    BitSet numbers = new BitSet();
    for (String part : fields[at].split(",", -1)) {
      add(part, UNITS.get(at), numbers);
    }
    return numbers;
  }

  private static void add(String part, Unit unit, BitSet numbers) {
    String[] stepped = part.split("/", -1);
    if (stepped.length > 2) {
      throw new IllegalArgumentException("too many slashes: " + part);
    }
    if (stepped.length == 2 && !stepped[1].matches("0*[1-9][0-9]{0,7}")) {
      throw new IllegalArgumentException("step of range should be a positive number: " + part);
    }
    int step = stepped.length == 2 ? Integer.parseInt(stepped[1]) : 1;
    String[] ends = stepped[0].split("-", -1);
    if (ends.length > 2) {
      throw new IllegalArgumentException("too many hyphens: " + part);
    }
    int from = unit.least;
    int to = unit.most;
    if (!stepped[0].equals("*") && !stepped[0].equals("?")) {
      from = number(ends[0], unit, part);
      boolean openEnded = ends.length == 1 && stepped.length == 2;
      to = openEnded ? unit.most : number(ends[ends.length - 1], unit, part);
    }
    check(from, to, unit, part);
    for (int number = from; number <= to; number += step) {
      numbers.set(number);
    }
  }

  private static void check(int from, int to, Unit unit, String part) {
    if (from < unit.least) {
      throw new IllegalArgumentException(
          "beginning of range (%d) below minimum (%d): %s".formatted(from, unit.least, part));
    }
    if (to > unit.most) {
      throw new IllegalArgumentException(
          "end of range (%d) above maximum (%d): %s".formatted(to, unit.most, part));
    }
    if (from > to) {
      throw new IllegalArgumentException(
          "beginning of range (%d) beyond end of range (%d): %s".formatted(from, to, part));
    }
  }

  private static int number(String text, Unit unit, String part) {
    int word = unit.words.indexOf(text.toLowerCase(Locale.ROOT));
    if (word >= 0) {
      return word + unit.least;
    }
    if (!text.matches("[0-9]{1,8}")) {
      throw new IllegalArgumentException("failed to parse number: " + part);
    }
    return Integer.parseInt(text);
  }
}
