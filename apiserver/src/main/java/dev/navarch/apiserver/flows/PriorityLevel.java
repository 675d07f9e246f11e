package dev.navarch.apiserver.flows;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.apiserver.auth.Deadline;
import dev.navarch.apiserver.flows.FairQueues.Waiter;
import dev.navarch.apiserver.flows.LevelSettings.Queuing;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// A priority level at work: requests take its seats, wait for one in its queues, or are refused.
/// While there are seats, a request costs two counts and no lock.
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

  /// Requests that are worked on; none are counted of an exempt level.
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

  /// Does the work on a seat, as soon as there is one.
  ///
  /// @param flow tells requests apart that shall not wait for each other
  /// @param refused is told why, in upstream's word, before this throws
  void run(long flow, Consumer<String> refused, Runnable work) {
    if (limits.exempt) {
      work.run();
      return;
    }
    if (!takeFree()) {
      take(flow, refused);
    }
    try {
      work.run();
    } finally {
      executing.decrementAndGet();
      seats.callNext();
    }
  }

  private boolean takeFree() {
    if (executing.incrementAndGet() <= limits.nominal && queues.size() == 0) {
      return true;
    }
    executing.decrementAndGet();
    return false;
  }

  private void take(long flow, Consumer<String> refused) {
    Waiter waiter;
    // While this one tried to take a seat, it was counted as if it had one.
    seats.callNext();
    seats.lock.lock();
    try {
      Optional<Queuing> queuing = limits.queuing;
      if (queues.size() == 0 && isRoom()) {
        executing.incrementAndGet();
        return;
      }
      if (queuing.isEmpty()) {
        throw refusal("concurrency-limit", refused);
      }
      waiter = queues.add(flow, queuing.get()).orElseThrow(() -> refusal("queue-full", refused));
      seats.waiting.incrementAndGet();
    } finally {
      seats.lock.unlock();
    }
    // A seat that came free before this one was counted was told to nobody.
    seats.callNext();
    if (!isCalled(waiter) && isGivenUp(waiter)) {
      Deadline.check();
      throw refusal("time-out", refused);
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

  private boolean isRoom() {
    int running = executing.get();
    Limits now = limits;
    return now.exempt || running < now.nominal || (running < now.most && seats.isOneToBorrow(this));
  }

  /// With the lock of the seats: gives those that are free to whose turn it is.
  void callNext() {
    while (queues.size() > 0 && isRoom()) {
      executing.incrementAndGet();
      seats.waiting.decrementAndGet();
      queues.next().ifPresent(Waiter::call);
    }
  }

  private static ApiException refusal(String reason, Consumer<String> refused) {
    refused.accept(reason);
    return new ApiException(
        new ApiError.TooManyRequests(
            "Too many requests, please try again later.", Duration.ofSeconds(1)));
  }
}
