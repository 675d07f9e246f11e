package dev.navarch.client;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;

/// Metrics in memory, for whoever scrapes them. A histogram is kept as its sum and its count.
public final class CountingMetrics implements Metrics {
  private final Map<Series, LongAdder> counters = new ConcurrentHashMap<>();
  private final Map<Series, AtomicLong> gauges = new ConcurrentHashMap<>();
  private final Map<Series, DoubleAdder> sums = new ConcurrentHashMap<>();

  /// One line of metrics: `workqueue_adds_total{name="deployment"}`.
  public record Series(String metric, String name) {}

  @Override
  public void add(String metric, String name, long amount) {
    counters.computeIfAbsent(new Series(metric, name), key -> new LongAdder()).add(amount);
  }

  @Override
  public void set(String metric, String name, long value) {
    gauges.computeIfAbsent(new Series(metric, name), key -> new AtomicLong()).set(value);
  }

  @Override
  public void observe(String metric, String name, Duration took) {
    add(metric + "_count", name, 1);
    sums.computeIfAbsent(new Series(metric + "_sum", name), key -> new DoubleAdder())
        .add(took.toNanos() / 1e9);
  }

  public void forEach(BiConsumer<Series, Double> reader) {
    counters.forEach((series, value) -> reader.accept(series, (double) value.sum()));
    gauges.forEach((series, value) -> reader.accept(series, (double) value.get()));
    sums.forEach((series, value) -> reader.accept(series, value.sum()));
  }

  /// A series' value; 0 for one that nothing was added to.
  public double value(String metric, String name) {
    var found = new DoubleAdder();
    var wanted = new Series(metric, name);
    forEach(
        (series, value) -> {
          if (series.equals(wanted)) {
            found.add(value);
          }
        });
    return found.sum();
  }
}
