package dev.navarch.client;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Keys that wait for work: each at most once, first come first served, and never handed out again
/// while it is being worked on. A key that fails comes back after a time that doubles.
public final class WorkQueue<K> {
  private static final Duration FIRST_RETRY = Duration.ofMillis(5);
  private static final Duration LAST_RETRY = Duration.ofSeconds(1000);

  private final String name;
  private final InstantSource clock;
  private final Metrics metrics;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<K> ready = new ArrayDeque<>();
  private final Map<K, Instant> waitingSince = new HashMap<>();
  private final Map<K, Instant> working = new HashMap<>();
  private final Set<K> addedWhileWorking = new HashSet<>();
  private final PriorityQueue<Delayed<K>> delayed =
      new PriorityQueue<>((a, b) -> a.due().compareTo(b.due()));
  private final Map<K, Delayed<K>> delayedByKey = new HashMap<>();
  private final Map<K, Integer> failures = new HashMap<>();
  private boolean closed;

  private record Delayed<K>(K key, Instant due) {}

  public WorkQueue(String name, InstantSource clock, Metrics metrics) {
    this.name = name;
    this.clock = clock;
    this.metrics = metrics;
  }

  public void add(K key) {
    lock.lock();
    try {
      addLocked(key);
    } finally {
      lock.unlock();
    }
  }

  /// Adds a key later; of several delays for one key the earliest counts.
  public void addAfter(K key, Duration delay) {
    if (!delay.isPositive()) {
      add(key);
      return;
    }
    lock.lock();
    try {
      var later = new Delayed<>(key, clock.instant().plus(delay));
      Delayed<K> known = delayedByKey.get(key);
      if (closed || (known != null && !later.due().isBefore(known.due()))) {
        return;
      }
      if (known != null) {
        delayed.remove(known);
      }
      delayedByKey.put(key, later);
      delayed.add(later);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /// Adds a key that failed, after 5 ms, 10 ms, 20 ms … 1000 s.
  public void retry(K key) {
    int earlier;
    lock.lock();
    try {
      earlier = failures.merge(key, 1, Integer::sum) - 1;
    } finally {
      lock.unlock();
    }
    metrics.add("workqueue_retries_total", name, 1);
    Duration delay = FIRST_RETRY.multipliedBy(1L << Math.min(earlier, 30));
    addAfter(key, delay.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : delay);
  }

  /// Forgets a key's failures.
  public void forget(K key) {
    lock.lock();
    try {
      failures.remove(key);
    } finally {
      lock.unlock();
    }
  }

  /// How often a key has failed since it was last forgotten.
  public int failures(K key) {
    lock.lock();
    try {
      return failures.getOrDefault(key, 0);
    } finally {
      lock.unlock();
    }
  }

  /// The next key, when there is one; empty when the queue is shut down.
  public Optional<K> take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        Optional<K> next = pollLocked();
        if (next.isPresent() || closed) {
          return next;
        }
        Delayed<K> soonest = delayed.peek();
        if (soonest == null) {
          changed.await();
        } else {
          Duration left = Duration.between(clock.instant(), soonest.due());
          long _ = changed.awaitNanos(left.toNanos());
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// The next key that is ready now.
  public Optional<K> poll() {
    lock.lock();
    try {
      return pollLocked();
    } finally {
      lock.unlock();
    }
  }

  /// Ends the work on a key; it comes again if it was added meanwhile.
  public void done(K key) {
    lock.lock();
    try {
      Instant since = working.remove(key);
      if (since != null) {
        metrics.observe(
            "workqueue_work_duration_seconds", name, Duration.between(since, clock.instant()));
      }
      if (addedWhileWorking.remove(key)) {
        enqueueLocked(key);
      }
    } finally {
      lock.unlock();
    }
  }

  /// How many keys are ready.
  public int depth() {
    lock.lock();
    try {
      return ready.size();
    } finally {
      lock.unlock();
    }
  }

  /// Refuses new keys, and ends every {@link #take} once the ready ones are handed out.
  public void shutDown() {
    lock.lock();
    try {
      closed = true;
      delayed.clear();
      delayedByKey.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void addLocked(K key) {
    if (closed) {
      return;
    }
    if (working.containsKey(key)) {
      addedWhileWorking.add(key);
    } else {
      enqueueLocked(key);
    }
  }

  private void enqueueLocked(K key) {
    if (waitingSince.putIfAbsent(key, clock.instant()) == null) {
      ready.add(key);
      metrics.add("workqueue_adds_total", name, 1);
      metrics.set("workqueue_depth", name, ready.size());
      changed.signal();
    }
  }

  private Optional<K> pollLocked() {
    Instant now = clock.instant();
    while (!delayed.isEmpty() && !delayed.element().due().isAfter(now)) {
      K due = delayed.remove().key();
      delayedByKey.remove(due);
      addLocked(due);
    }
    K key = ready.poll();
    if (key == null) {
      return Optional.empty();
    }
    Instant since = waitingSince.remove(key);
    working.put(key, now);
    metrics.set("workqueue_depth", name, ready.size());
    if (since != null) {
      metrics.observe("workqueue_queue_duration_seconds", name, Duration.between(since, now));
    }
    return Optional.of(key);
  }
}
