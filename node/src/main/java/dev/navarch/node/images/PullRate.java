package dev.navarch.node.images;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Lets so many pulls through in a second, and some more at once when there were few before.
final class PullRate {
  private final double perSecond;
  private final double burst;
  private final InstantSource clock;
  private double saved;
  private Instant since;

  /// @param perSecond 0 for no limit
  PullRate(int perSecond, int burst, InstantSource clock) {
    this.perSecond = perSecond;
    this.burst = Math.max(1, burst);
    this.clock = clock;
    this.saved = this.burst;
    this.since = clock.instant();
  }

  synchronized boolean allows() {
    if (perSecond == 0) {
      return true;
    }
    Instant now = clock.instant();
    double earned = Math.max(0, Duration.between(since, now).toNanos()) * perSecond / 1e9;
    saved = Math.min(burst, saved + earned);
    since = now;
    if (saved < 1) {
      return false;
    }
    saved--;
    return true;
  }
}
