package dev.navarch.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Waiting times that double up to a limit, each up to half as long again by chance, so that many
/// clients of one server that failed do not come back together.
final class Backoff {
  private final Duration first;
  private final Duration last;
  private final RandomGenerator random;
  private Duration next;

  Backoff(Duration first, Duration last, RandomGenerator random) {
    this.first = first;
    this.last = last;
    this.random = random;
    this.next = first;
  }

  Duration next() {
    Duration wait = next.plusMillis(random.nextLong(next.toMillis() / 2 + 1));
    Duration twice = next.multipliedBy(2);
    next = twice.compareTo(last) > 0 ? last : twice;
    return wait;
  }

  void reset() {
    next = first;
  }
}
