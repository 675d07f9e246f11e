package dev.navarch.client;

import dev.navarch.api.ApiException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs controllers: one queue each, keys side by side on virtual threads, the same key never twice
/// at once. A key that wrote something rests until the caches show it, so that no reconciler acts
/// on what it has itself made stale. Failures come again with back-off, and stop nothing else.
public final class ControllerRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControllerRuntime.class);
  private static final Duration CACHE_DEADLINE = Duration.ofSeconds(5);

  private final Informers informers;
  private final List<Running> running;
  private final Metrics metrics;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private record Running(
      Controller controller,
      WorkQueue<Key> queue,
      Semaphore slots,
      Function<Key, Result> reconcile) {}

  /// Subscribes the controllers; {@link #start} sets them to work.
  public ControllerRuntime(
      Informers informers, List<Controller> controllers, InstantSource clock, Metrics metrics) {
    this.informers = informers;
    this.metrics = metrics;
    this.running =
        controllers.stream()
            .map(
                controller -> {
                  var queue = new WorkQueue<Key>(controller.name(), clock, metrics);
                  return new Running(
                      controller,
                      queue,
                      new Semaphore(controller.workers()),
                      controller.connect(informers, queue::add));
                })
            .toList();
  }

  /// Starts the informers, waits until they have seen everything once, and works from then on.
  public void start() {
    informers.start();
    threads.execute(
        () -> {
          try {
            informers.awaitSynced();
            running.forEach(one -> threads.execute(() -> dispatch(one)));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  @Override
  public void close() {
    running.forEach(one -> one.queue().shutDown());
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("Reconcilers still run after shutdown");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void dispatch(Running one) {
    try {
      while (true) {
        one.slots().acquire();
        Optional<Key> key = one.queue().take();
        if (key.isEmpty()) {
          return;
        }
        threads.execute(() -> work(one, key.get()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(Running one, Key key) {
    Map<String, Write> writes = TrackingCluster.notes();
    try {
      try {
        reconcile(one, key, writes);
      } finally {
        one.slots().release();
      }
      awaitCaches(one, key, writes.values());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      one.queue().done(key);
    }
  }

  private void reconcile(Running one, Key key, Map<String, Write> writes) {
    try {
      switch (TrackingCluster.noting(writes, () -> one.reconcile().apply(key))) {
        case Result.Done() -> one.queue().forget(key);
        case Result.After(Duration delay) -> {
          one.queue().forget(key);
          one.queue().addAfter(key, delay);
        }
      }
    } catch (ApiException e) {
      if (!e.isConflict()) {
        logFailure(one, key, e);
      }
      one.queue().retry(key);
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
      logFailure(one, key, e);
      one.queue().retry(key);
    }
  }

  private static void logFailure(Running one, Key key, Throwable why) {
    LOG.atWarn()
        .setMessage("Reconcile failed, it will be tried again")
        .addKeyValue("controller", one.controller().name())
        .addKeyValue("key", key)
        .addKeyValue("failures", one.queue().failures(key) + 1)
        .setCause(why)
        .log();
  }

  private void awaitCaches(Running one, Key key, Collection<Write> writes)
      throws InterruptedException {
    long deadline = System.nanoTime() + CACHE_DEADLINE.toNanos();
    for (Write write : writes) {
      var left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
      if (!informers.awaitWrite(write, left)) {
        metrics.add("navarch_stale_cache_timeouts_total", one.controller().name(), 1);
        LOG.atWarn()
            .setMessage("Cache does not show a write in time")
            .addKeyValue("controller", one.controller().name())
            .addKeyValue("key", key)
            .addKeyValue("write", write)
            .log();
      }
    }
    if (!writes.isEmpty()) {
      long started = deadline - CACHE_DEADLINE.toNanos();
      metrics.observe(
          "navarch_stale_cache_wait_seconds",
          one.controller().name(),
          Duration.ofNanos(System.nanoTime() - started));
    }
  }
}
