package dev.navarch.apiserver.metrics;

import dev.navarch.store.StoreMetrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/// How the store works: how long a batch takes to be durable, how many writes share one, and how
/// long it takes to forget history.
public final class StoreMeters implements StoreMetrics {
  private static final double[] WRITES = {1, 2, 4, 8, 16, 32, 64, 128, 256};
  private final Timer commits;
  private final DistributionSummary writes;
  private final Counter bytes;
  private final Counter failed;
  private final Timer compactions;

  public StoreMeters(MeterRegistry registry) {
    commits =
        Timer.builder("navarch_store_commit_duration_seconds")
            .serviceLevelObjectives(
                Duration.ofNanos(250_000),
                Duration.ofNanos(500_000),
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                Duration.ofMillis(5),
                Duration.ofMillis(10),
                Duration.ofMillis(50),
                Duration.ofMillis(250),
                Duration.ofSeconds(1))
            .register(registry);
    writes =
        DistributionSummary.builder("navarch_store_commit_writes")
            .serviceLevelObjectives(WRITES)
            .register(registry);
    bytes = Counter.builder("navarch_store_written_bytes_total").register(registry);
    failed = Counter.builder("navarch_store_failed_writes_total").register(registry);
    compactions = Timer.builder("navarch_store_compaction_duration_seconds").register(registry);
  }

  @Override
  public void committed(int count, long size, Duration took) {
    commits.record(took);
    writes.record(count);
    bytes.increment((double) size);
  }

  @Override
  public void failed(int count) {
    failed.increment(count);
  }

  @Override
  public void compacted(Duration took) {
    compactions.record(took);
  }
}
