package dev.navarch.apiserver.metrics;

import dev.navarch.apiserver.flows.FlowMetrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;

/// Priority and fairness under upstream's names: who has seats, who waits for them and for how
/// long, who was refused.
final class FlowMeters implements FlowMetrics {
  private static final String PREFIX = "apiserver_flowcontrol_";
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(5),
    Duration.ofMillis(20),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(200),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(2),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(15),
    Duration.ofSeconds(30)
  };

  private final MeterRegistry registry;
  private final Map<Tags, Series> series = new ConcurrentHashMap<>();
  private final Map<String, IntSupplier> levels = new ConcurrentHashMap<>();

  FlowMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public Series of(String schema, String level) {
    return series.computeIfAbsent(
        Tags.of("flow_schema", schema, "priority_level", level), tags -> new Meters(tags));
  }

  @Override
  public void level(String name, IntSupplier seats) {
    if (levels.put(name, seats) == null) {
      Gauge.builder(
              PREFIX + "nominal_limit_seats", () -> levels.getOrDefault(name, () -> 0).getAsInt())
          .tag("priority_level", name)
          .strongReference(true)
          .register(registry);
    }
  }

  private final class Meters implements Series {
    private final Tags tags;
    private final LongAdder executing = new LongAdder();
    private final LongAdder seats = new LongAdder();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Counter dispatched;
    private final Timer waited;

    Meters(Tags tags) {
      this.tags = tags;
      this.dispatched =
          Counter.builder(PREFIX + "dispatched_requests").tags(tags).register(registry);
      this.waited = waits("true");
      gauge("current_executing_requests", executing);
      gauge("current_executing_seats", seats);
      gauge("current_inqueue_requests", waiting);
    }

    private void gauge(String name, Number value) {
      Gauge.builder(PREFIX + name, value, Number::doubleValue).tags(tags).register(registry);
    }

    private Timer waits(String executed) {
      return Timer.builder(PREFIX + "request_wait_duration")
          .tags(tags.and("execute", executed))
          .serviceLevelObjectives(BUCKETS)
          .register(registry);
    }

    @Override
    public void queued() {
      waiting.incrementAndGet();
    }

    @Override
    public void unqueued() {
      waiting.decrementAndGet();
    }

    @Override
    public void began(int width, Duration wait) {
      executing.increment();
      seats.add(width);
      dispatched.increment();
      waited.record(wait);
    }

    @Override
    public void ended(int width) {
      executing.decrement();
      seats.add(-width);
    }

    @Override
    public void refused(String reason, Duration wait) {
      Counter.builder(PREFIX + "rejected_requests")
          .tags(tags.and("reason", reason))
          .register(registry)
          .increment();
      waits("false").record(wait);
    }
  }
}
