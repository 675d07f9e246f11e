package dev.navarch.apiserver.metrics;

import dev.navarch.apiserver.admission.AdmissionPlugin;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// An admission plugin with a clock beside it: how long it takes, and how often it refuses.
public final class TimedAdmission implements AdmissionPlugin {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(5),
    Duration.ofMillis(25),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500)
  };
  private final AdmissionPlugin plugin;
  private final MeterRegistry registry;
  private final Map<Step, Timer> timers = new ConcurrentHashMap<>();

  private record Step(Operation operation, String type, boolean rejected) {}

  public TimedAdmission(AdmissionPlugin plugin, MeterRegistry registry) {
    this.plugin = plugin;
    this.registry = registry;
  }

  @Override
  public void admit(Request request) {
    time(request, "admit", plugin::admit);
  }

  @Override
  public void validate(Request request) {
    time(request, "validate", plugin::validate);
  }

  private void time(Request request, String type, Consumer<Request> work) {
    long start = System.nanoTime();
    boolean rejected = true;
    try {
      work.accept(request);
      rejected = false;
    } finally {
      timers
          .computeIfAbsent(new Step(request.operation(), type, rejected), this::timer)
          .record(Duration.ofNanos(System.nanoTime() - start));
    }
  }

  private Timer timer(Step step) {
    return Timer.builder("apiserver_admission_controller_admission_duration_seconds")
        .tag("name", plugin.getClass().getSimpleName())
        .tag("operation", step.operation().name().toUpperCase(Locale.ROOT))
        .tag("rejected", Boolean.toString(step.rejected()))
        .tag("type", step.type())
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }
}
