package dev.navarch.apiserver.flows;

import dev.navarch.apiserver.flows.LevelSettings.Queuing;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Requests that wait for a seat. Each flow is dealt a hand of queues and takes the shortest of
/// them, and the queues are served in turns: who asks for much waits for long, and others beside it
/// do not. Whoever uses this holds the lock of the {@link Seats}; only the size may be read
/// without.
final class FairQueues {

  /// One request that waits.
  static final class Waiter {
    private final CountDownLatch turn = new CountDownLatch(1);
    private final int queue;
    private final int seats;

    private Waiter(int queue, int seats) {
      this.queue = queue;
      this.seats = seats;
    }

    /// How many it needs at once.
    int seats() {
      return seats;
    }

    void call() {
      turn.countDown();
    }

    /// Whether its turn came in time.
    boolean await(Duration patience) throws InterruptedException {
      return turn.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /// Those that are not empty, whose turn is next first.
  private final Map<Integer, Deque<Waiter>> queues = new LinkedHashMap<>();

  private final AtomicInteger size = new AtomicInteger();

  int size() {
    return size.get();
  }

  /// Empty when all queues of the flow's hand are full.
  Optional<Waiter> add(long flow, int seats, Queuing settings) {
    int shortest = -1;
    int least = settings.length();
    for (int queue : hand(flow, settings)) {
      int length = length(queue);
      if (length < least) {
        shortest = queue;
        least = length;
      }
    }
    if (shortest < 0) {
      return Optional.empty();
    }
    Waiter waiter = new Waiter(shortest, seats);
    queues.computeIfAbsent(shortest, _ -> new ArrayDeque<>()).add(waiter);
    size.incrementAndGet();
    return Optional.of(waiter);
  }

  private static int[] hand(long flow, Queuing settings) {
    return new SplittableRandom(flow)
        .ints(0, settings.queues())
        .distinct()
        .limit(Math.min(settings.hand(), settings.queues()))
        .toArray();
  }

  private int length(int queue) {
    Deque<Waiter> waiters = queues.get(queue);
    return waiters == null ? 0 : waiters.size();
  }

  /// The one whose turn it is, which stays where it is.
  Optional<Waiter> first() {
    return queues.isEmpty()
        ? Optional.empty()
        : Optional.of(queues.values().iterator().next().element());
  }

  /// The next one whose turn it is.
  Optional<Waiter> next() {
    if (queues.isEmpty()) {
      return Optional.empty();
    }
    Map.Entry<Integer, Deque<Waiter>> first = queues.entrySet().iterator().next();
    Integer queue = first.getKey();
    Deque<Waiter> waiters = first.getValue();
    Waiter next = waiters.remove();
    queues.remove(queue);
    if (!waiters.isEmpty()) {
      queues.put(queue, waiters);
    }
    size.decrementAndGet();
    return Optional.of(next);
  }

  /// Takes out one that waits no longer; false when its turn had come.
  boolean remove(Waiter waiter) {
    Deque<Waiter> waiters = queues.get(waiter.queue);
    if (waiters == null || !waiters.remove(waiter)) {
      return false;
    }
    if (waiters.isEmpty()) {
      queues.remove(waiter.queue);
    }
    size.decrementAndGet();
    return true;
  }
}
