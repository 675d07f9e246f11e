package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import java.time.Duration;

/// Until when whoever asked waits for an answer (`?timeout=`, a minute at most). Whatever may take
/// long looks here; what goes on for as long as the client likes has no deadline.
public final class Deadline {
  private static final ScopedValue<Long> NANOS = ScopedValue.newInstance();

  private Deadline() {}

  /// Does the work with a deadline.
  public static void within(Duration limit, Runnable work) {
    ScopedValue.where(NANOS, System.nanoTime() + limit.toNanos()).run(work);
  }

  /// For how long to wait for something that deserves `most`; zero when the time is up.
  public static Duration left(Duration most) {
    if (!NANOS.isBound()) {
      return most;
    }
    Duration left = Duration.ofNanos(Math.max(0, NANOS.get() - System.nanoTime()));
    return left.compareTo(most) < 0 ? left : most;
  }

  /// Gives up when the time is up: nothing more is to be begun.
  public static void check() {
    if (NANOS.isBound() && NANOS.get() - System.nanoTime() <= 0) {
      throw new ApiException(
          new ApiError.Timeout(
              "Timeout: request did not complete within the allotted timeout", Duration.ZERO));
    }
  }
}
