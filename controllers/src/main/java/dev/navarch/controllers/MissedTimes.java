package dev.navarch.controllers;

import dev.navarch.api.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Which time of a schedule is due now: only the latest counts, however many went by.
///
/// @param latest the last time that has come; empty when none has
/// @param tooMany whether so many went by that somebody should look
record MissedTimes(Optional<Instant> latest, boolean tooMany) {
  private static final int MANY = 100;

  static MissedTimes between(CronSchedule schedule, Instant after, Instant now) {
    Optional<Instant> last = Optional.empty();
    Instant at = after;
    Instant first = Instant.MAX;
    for (int count = 0; count <= MANY; count++) {
      Optional<Instant> next = schedule.next(at).filter(time -> !time.isAfter(now));
      if (next.isEmpty()) {
        return new MissedTimes(last, false);
      }
      first = count == 0 ? next.get() : first;
      last = next;
      at = next.get();
    }
    return new MissedTimes(Optional.of(latest(schedule, first, at, now)), true);
  }

  /// Looks back from now, farther and farther, instead of walking all the way.
  private static Instant latest(CronSchedule schedule, Instant first, Instant known, Instant now) {
    Duration back = Duration.between(first, known).dividedBy(MANY);
    while (true) {
      Instant from = now.minus(back);
      if (!from.isAfter(known)) {
        return walk(schedule, known, now);
      }
      // Fixed distances are counted from a time of the schedule, others from anywhere.
      Instant start =
          schedule instanceof CronSchedule.Every every ? aligned(every, known, from) : from;
      if (schedule.next(start).filter(time -> !time.isAfter(now)).isPresent()) {
        return walk(schedule, start, now);
      }
      back = back.multipliedBy(2);
    }
  }

  private static Instant aligned(CronSchedule.Every every, Instant known, Instant from) {
    long steps = Duration.between(known, from).toSeconds() / every.distance().toSeconds();
    return known.plus(every.distance().multipliedBy(steps));
  }

  private static Instant walk(CronSchedule schedule, Instant from, Instant now) {
    Instant at = from;
    while (true) {
      Optional<Instant> next = schedule.next(at).filter(time -> !time.isAfter(now));
      if (next.isEmpty()) {
        return at;
      }
      at = next.get();
    }
  }
}
