package dev.navarch.store;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/// Who does the store's own work, and when: threads, or the one seeded thread of a simulation.
interface Turns extends AutoCloseable {

  /// Does a piece of the committer's work, after what was given before.
  void commit(Runnable work);

  /// Does a piece of the committer's work when some time has passed.
  void commit(Duration later, Runnable work);

  /// Does a piece of a watch's work, beside everything else.
  void watch(Runnable work);

  /// Waits for an answer.
  ///
  /// @throws TimeoutException when the caller's {@link Patience} is at its end
  <T> T await(CompletableFuture<T> answer) throws TimeoutException;

  /// Nanoseconds that pass evenly, from any start.
  long nanos();

  /// Returns when the committer's work that was given is done; what is due later is not.
  @Override
  void close();
}
