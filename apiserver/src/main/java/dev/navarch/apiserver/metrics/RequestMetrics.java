package dev.navarch.apiserver.metrics;

import dev.navarch.api.Kinds;
import dev.navarch.apiserver.RequestInfo;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Counts and times requests under upstream's names. A request costs two look-ups: its series are
/// made once and kept.
public final class RequestMetrics {
  private static final int OTHER_CODE = 0;
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(5),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(200),
    Duration.ofMillis(400),
    Duration.ofMillis(600),
    Duration.ofMillis(800),
    Duration.ofSeconds(1),
    Duration.ofSeconds(2),
    Duration.ofSeconds(4),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofSeconds(60)
  };
  private final MeterRegistry registry;
  private final Kinds kinds;
  private final Map<Counted, Counter> counters = new ConcurrentHashMap<>();
  private final Map<RequestSeries, Timer> timers = new ConcurrentHashMap<>();
  private final Map<RequestSeries, AtomicInteger> longRunning = new ConcurrentHashMap<>();

  private record Counted(RequestSeries series, int code, boolean dryRun) {}

  public RequestMetrics(MeterRegistry registry, Kinds kinds) {
    this.registry = registry;
    this.kinds = kinds;
  }

  /// A request that goes on for as long as the client likes begins; `end` is called when it is
  /// over.
  public Runnable begin(RequestInfo request) {
    if (!request.isLong()) {
      return () -> {};
    }
    AtomicInteger running =
        longRunning.computeIfAbsent(
            RequestSeries.of(request, kinds),
            series -> {
              AtomicInteger count = new AtomicInteger();
              Gauge.builder("apiserver_longrunning_requests", count, AtomicInteger::get)
                  .tags(series.tags())
                  .register(registry);
              return count;
            });
    running.incrementAndGet();
    return running::decrementAndGet;
  }

  public void record(RequestInfo request, int code, boolean dryRun, Duration took) {
    RequestSeries series = RequestSeries.of(request, kinds);
    int counted = code >= 100 && code < 600 ? code : OTHER_CODE;
    counters.computeIfAbsent(new Counted(series, counted, dryRun), this::counter).increment();
    if (!request.isLong()) {
      timers.computeIfAbsent(series, this::timer).record(took);
    }
  }

  private Counter counter(Counted counted) {
    return Counter.builder("apiserver_request_total")
        .tags(counted.series().tags())
        .tag("code", Integer.toString(counted.code()))
        .tag("dry_run", counted.dryRun() ? "All" : "")
        .register(registry);
  }

  private Timer timer(RequestSeries series) {
    return Timer.builder("apiserver_request_duration_seconds")
        .tags(series.tags())
        .tag("dry_run", "")
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }
}
