package dev.navarch.client;

import java.time.Duration;

/// What a reconciler wants next. A failure is an exception: the runtime retries with back-off.
public sealed interface Result {

  /// Nothing until something changes.
  record Done() implements Result {}

  /// Once more after a delay.
  record After(Duration delay) implements Result {}

  static Result done() {
    return new Done();
  }

  /// Once more, at once.
  static Result again() {
    return new After(Duration.ZERO);
  }

  static Result after(Duration delay) {
    return new After(delay);
  }
}
