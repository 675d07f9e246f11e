package dev.navarch.store;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Until when whoever asked waits for an answer. A store whose disk or network hangs gives up then,
/// with a {@link Store.LateException}; who has said nothing waits for as long as it takes.
public final class Patience {
  private static final ScopedValue<Long> END = ScopedValue.newInstance();

  private Patience() {}

  /// Does the work with a limit that everything in it shares.
  public static void within(Duration limit, Runnable work) {
    ScopedValue.where(END, System.nanoTime() + limit.toNanos()).run(work);
  }

  /// For how long to wait for something that deserves `most`; zero when the time is up.
  public static Duration left(Duration most) {
    if (!END.isBound()) {
      return most;
    }
    Duration left = Duration.ofNanos(Math.max(0, nanosLeft()));
    return left.compareTo(most) < 0 ? left : most;
  }

  public static boolean isOver() {
    return END.isBound() && nanosLeft() <= 0;
  }

  /// Waits for an answer, heedless of interrupts.
  ///
  /// @throws TimeoutException when there is none within the limit
  public static <T> T join(CompletableFuture<T> answer) throws TimeoutException {
    if (!END.isBound()) {
      return answer.join();
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return answer.get(nanosLeft(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static long nanosLeft() {
    return END.get() - System.nanoTime();
  }
}
