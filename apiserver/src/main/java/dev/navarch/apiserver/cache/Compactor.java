package dev.navarch.apiserver.cache;

import dev.navarch.store.Store;
import dev.navarch.store.Store.UnavailableException;
import dev.navarch.store.StoreMetrics;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("store-compactor").factory());
  private long next;

  private Compactor(Store store, StoreMetrics metrics) {
    this.store = store;
    this.metrics = metrics;
    this.next = store.revision();
  }

  public static Compactor start(Store store, StoreMetrics metrics, Duration interval) {
    var compactor = new Compactor(store, metrics);
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
    } catch (UnavailableException e) {
      LOG.atWarn().addKeyValue("revision", upTo).setCause(e).log("the store was not compacted");
    }
  }

  @Override
  public void close() {
    timer.close();
  }
}
