package dev.navarch.node.pods;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// When a pod's worker looks again: whenever it is woken, at a time that it set itself, and after
/// something failed later each time, as long as no round in between has gone well. Any thread may
/// wake it; the rest is its own.
final class Rounds {
  private static final Duration IDLE = Duration.ofHours(1);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

  private final InstantSource clock;
  private final Semaphore calls = new Semaphore(1);
  private Instant next = Instant.MAX;
  private Duration retry = RETRY;
  private boolean failed;

  Rounds(InstantSource clock) {
    this.clock = clock;
  }

  void wake() {
    calls.release();
  }

  /// Returns when it is time; whatever called meanwhile is answered by one round.
  void await() throws InterruptedException {
    Instant now = clock.instant();
    Instant until = next.isBefore(now.plus(IDLE)) ? next : now.plus(IDLE);
    long millis = Math.max(0, Duration.between(now, until).toMillis());
    boolean ignored = calls.tryAcquire(millis, TimeUnit.MILLISECONDS);
    calls.drainPermits();
  }

  /// A round begins; another one follows after a while even if nothing happens.
  void begin(Duration latest) {
    next = clock.instant().plus(latest);
    failed = false;
  }

  /// The round has come to its end.
  void end() {
    retry = failed ? retry : RETRY;
  }

  /// Something went wrong that time may heal.
  void again() {
    failed = true;
    at(clock.instant().plus(retry));
    Duration doubled = retry.multipliedBy(2);
    retry = doubled.compareTo(LONGEST_RETRY) < 0 ? doubled : LONGEST_RETRY;
  }

  void at(Instant when) {
    if (when.isBefore(next)) {
      next = when;
    }
  }

  /// Not before it is woken.
  void never() {
    next = Instant.MAX;
  }
}
