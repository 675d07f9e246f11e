package dev.navarch.apiserver.cache;

import dev.navarch.store.Store;
import dev.navarch.store.Store.UnavailableException;
import dev.navarch.store.StoreMetrics;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the store forget history at a steady pace: whatever is older than one interval is gone by
/// the end of the next. Continue tokens and watches may be that old.
public final class Compactor implements AutoCloseable {
  /// Upstream's pace.
  public static final Duration INTERVAL = Duration.ofMinutes(5);

  private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);

  private final Store store;
  private final StoreMetrics metrics;
  private final LongConsumer forget;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("store-compactor").factory());
  private long next;

  private Compactor(Store store, StoreMetrics metrics, LongConsumer forget) {
    this.store = store;
    this.metrics = metrics;
    this.forget = forget;
    this.next = store.revision();
  }

  /// @param forget told up to which revision history is gone
  public static Compactor start(
      Store store, StoreMetrics metrics, LongConsumer forget, Duration interval) {
    var compactor = new Compactor(store, metrics, forget);
    compactor.timer.scheduleWithFixedDelay(
        compactor::compact, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    return compactor;
  }

  private void compact() {
    long upTo = next;
    try {
      next = store.revision();
      long started = System.nanoTime();
      store.compactInTurn(upTo);
      metrics.compacted(Duration.ofNanos(System.nanoTime() - started));
      forget.accept(upTo);
    } catch (UnavailableException e) {
      LOG.atWarn().addKeyValue("revision", upTo).setCause(e).log("the store was not compacted");
    }
  }

  @Override
  public void close() {
    timer.close();
  }
}
