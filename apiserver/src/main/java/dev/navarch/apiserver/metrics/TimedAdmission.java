package dev.navarch.apiserver.metrics;

import dev.navarch.apiserver.admission.AdmissionPlugin;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// An admission plugin with a clock beside it: how long it takes, and how often it refuses. Most
/// plugins only change or only judge: what one does not do is not timed, as upstream has it.
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
  private final boolean admits;
  private final boolean validates;
  private final AtomicReferenceArray<@Nullable Timer> timers =
      new AtomicReferenceArray<>(Operation.values().length * Step.values().length * 2);

  private enum Step {
    ADMIT,
    VALIDATE
  }

  public TimedAdmission(AdmissionPlugin plugin, MeterRegistry registry) {
    this.plugin = plugin;
    this.registry = registry;
    this.admits = does("admit");
    this.validates = does("validate");
  }

  private boolean does(String step) {
    try {
      Class<?> by = plugin.getClass().getMethod(step, Request.class).getDeclaringClass();
      return by != AdmissionPlugin.class;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("every plugin inherits " + step, e);
    }
  }

  @Override
  public void admit(Request request) {
    if (!admits) {
      return;
    }
    long start = System.nanoTime();
    boolean rejected = true;
    try {
      plugin.admit(request);
      rejected = false;
    } finally {
      record(request.operation(), Step.ADMIT, rejected, System.nanoTime() - start);
    }
  }

  @Override
  public void validate(Request request) {
    if (!validates) {
      return;
    }
    long start = System.nanoTime();
    boolean rejected = true;
    try {
      plugin.validate(request);
      rejected = false;
    } finally {
      record(request.operation(), Step.VALIDATE, rejected, System.nanoTime() - start);
    }
  }

  /// The timers stand in an array, since every write passes here: no key is made to find one.
  @SuppressWarnings("EnumOrdinal")
  private void record(Operation operation, Step step, boolean rejected, long nanos) {
    int at = (operation.ordinal() * Step.values().length + step.ordinal()) * 2 + (rejected ? 1 : 0);
    Timer timer = timers.get(at);
    if (timer == null) {
      timer = timer(operation, step, rejected);
      timers.set(at, timer);
    }
    timer.record(nanos, TimeUnit.NANOSECONDS);
  }

  /// The registry answers with the same timer whenever it is asked for the same.
  private Timer timer(Operation operation, Step step, boolean rejected) {
    return Timer.builder("apiserver_admission_controller_admission_duration_seconds")
        .tag("name", plugin.getClass().getSimpleName())
        .tag("operation", operation.name().toUpperCase(Locale.ROOT))
        .tag("rejected", Boolean.toString(rejected))
        .tag("type", step.name().toLowerCase(Locale.ROOT))
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }
}
