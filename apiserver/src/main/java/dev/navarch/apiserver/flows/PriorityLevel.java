package dev.navarch.apiserver.flows;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.apiserver.auth.Deadline;
import dev.navarch.apiserver.flows.FairQueues.Waiter;
import dev.navarch.apiserver.flows.FlowMetrics.Series;
import dev.navarch.apiserver.flows.LevelSettings.Queuing;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A priority level at work: requests take its seats, wait for some in its queues, or are refused.
/// While there are seats, a request costs a few counts and no lock.
final class PriorityLevel {
  /// As upstream's: a quarter of the time that a request may take.
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Seats seats;
  private final String uid;
  private final AtomicInteger executing = new AtomicInteger();
  private final FairQueues queues = new FairQueues();
  private volatile Limits limits = new Limits(true, 0, 0, 0, Optional.empty());

  /// @param kept seats that are not lent
  /// @param most seats with those that are borrowed
  private record Limits(
      boolean exempt, int nominal, int kept, int most, Optional<Queuing> queuing) {}

  PriorityLevel(Seats seats, String uid) {
    this.seats = seats;
    this.uid = uid;
  }

  /// Takes new settings; those who wait already go on waiting.
  void become(LevelSettings settings, int nominal) {
    int lent = Math.round(nominal * settings.lendable() / 100f);
    int borrowed =
        settings.borrowable().isPresent()
            ? Math.round(nominal * settings.borrowable().getAsInt() / 100f)
            : Integer.MAX_VALUE - nominal;
    limits =
        new Limits(
            settings.exempt(), nominal, nominal - lent, nominal + borrowed, settings.queuing());
  }

  String uid() {
    return uid;
  }

  boolean isExempt() {
    return limits.exempt;
  }

  /// Seats of its own, lent or not.
  int nominal() {
    return limits.nominal;
  }

  /// Seats that are taken; none are counted of an exempt level.
  int executing() {
    return executing.get();
  }

  /// Seats that stay free for its own requests.
  int kept() {
    return limits.kept;
  }

  boolean isWaitedFor() {
    return queues.size() > 0;
  }

  /// Does the work on its seats, as soon as they are free.
  ///
  /// @param flow tells requests apart that shall not wait for each other
  /// @param width how many seats the work takes
  /// @param series is told why, in upstream's word, before this throws
  void run(long flow, int width, Series series, Runnable work) {
    boolean exempt = limits.exempt;
    Duration waited = Duration.ZERO;
    if (!exempt && !takeFree(width)) {
      waited = take(flow, width, series);
    }
    series.began(width, waited);
    try {
      work.run();
    } finally {
      series.ended(width);
      if (!exempt) {
        executing.addAndGet(-width);
        seats.callNext();
      }
    }
  }

  private boolean takeFree(int width) {
    int nominal = limits.nominal;
    for (int taken = executing.get(); taken + width <= nominal; taken = executing.get()) {
      if (queues.size() > 0) {
        return false;
      }
      if (executing.compareAndSet(taken, taken + width)) {
        return true;
      }
    }
    return false;
  }

  /// How long it took until the seats were there.
  private Duration take(long flow, int width, Series series) {
    Waiter waiter;
    seats.lock.lock();
    try {
      Optional<Queuing> queuing = limits.queuing;
      if (queues.size() == 0 && isRoom(width)) {
        executing.addAndGet(width);
        return Duration.ZERO;
      }
      if (queuing.isEmpty()) {
        throw refusal("concurrency-limit", Duration.ZERO, series);
      }
      waiter =
          queues
              .add(flow, width, queuing.get())
              .orElseThrow(() -> refusal("queue-full", Duration.ZERO, series));
      seats.waiting.incrementAndGet();
    } finally {
      seats.lock.unlock();
    }
    long since = System.nanoTime();
    series.queued();
    try {
      // A seat that came free before this one was counted was told to nobody.
      seats.callNext();
      boolean givenUp = !isCalled(waiter) && isGivenUp(waiter);
      Duration waited = Duration.ofNanos(System.nanoTime() - since);
      if (givenUp) {
        ApiException late = refusal("time-out", waited, series);
        Deadline.check();
        throw late;
      }
      return waited;
    } finally {
      series.unqueued();
    }
  }

  private static boolean isCalled(Waiter waiter) {
    try {
      return waiter.await(Deadline.left(PATIENCE));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// False when its turn has come meanwhile.
  private boolean isGivenUp(Waiter waiter) {
    seats.lock.lock();
    try {
      boolean waited = queues.remove(waiter);
      if (waited) {
        seats.waiting.decrementAndGet();
      }
      return waited;
    } finally {
      seats.lock.unlock();
    }
  }

  /// What needs more seats than there are gets all of them.
  private boolean isRoom(int width) {
    int running = executing.get();
    int then = running + width;
    Limits now = limits;
    return now.exempt
        || then <= now.nominal
        || (running == 0 && now.nominal > 0)
        || (then <= now.most && seats.areToBorrow(this, width));
  }

  /// With the lock of the seats: gives those that are free to whose turn it is.
  void callNext() {
    while (queues.first().filter(waiter -> isRoom(waiter.seats())).isPresent()) {
      seats.waiting.decrementAndGet();
      queues
          .next()
          .ifPresent(
              waiter -> {
                executing.addAndGet(waiter.seats());
                waiter.call();
              });
    }
  }

  private static ApiException refusal(String reason, Duration waited, Series series) {
    series.refused(reason, waited);
    return new ApiException(
        new ApiError.TooManyRequests(
            "Too many requests, please try again later.", Duration.ofSeconds(1)));
  }
}
