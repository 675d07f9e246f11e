package dev.navarch.apiserver.cache;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// How far the caches have come, and those who wait for them to come further. A step wakes only
/// those whose revision it reaches.
final class Progress {
  private final PriorityQueue<Waiter> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Waiter::revision));
  private volatile long reached;

  private record Waiter(long revision, CountDownLatch latch) {}

  long reached() {
    return reached;
  }

  void reach(long revision) {
    List<Waiter> ready = new ArrayList<>();
    synchronized (waiting) {
      reached = Math.max(reached, revision);
      while (!waiting.isEmpty() && waiting.element().revision() <= reached) {
        ready.add(waiting.remove());
      }
    }
    ready.forEach(waiter -> waiter.latch().countDown());
  }

  /// Waits until the revision is reached; false when time is up, or the thread is interrupted.
  boolean await(long revision, Duration timeout) {
    if (reached >= revision) {
      return true;
    }
    var waiter = new Waiter(revision, new CountDownLatch(1));
    synchronized (waiting) {
      if (reached >= revision) {
        return true;
      }
      waiting.add(waiter);
    }
    try {
      return waiter.latch().await(timeout.toNanos(), TimeUnit.NANOSECONDS) || reached >= revision;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      synchronized (waiting) {
        waiting.remove(waiter);
      }
    }
  }
}
