package dev.navarch.apiserver.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the operating system knows of this process, by the names that every Prometheus client gives
/// it. Read only when somebody scrapes.
final class ProcessMetrics {
  private static final Path MEMORY = Path.of("/proc/self/statm");
  private static final int PAGE = 4096;

  private ProcessMetrics() {}

  static void register(MeterRegistry registry) {
    var runtime = ManagementFactory.getRuntimeMXBean();
    gauge(registry, "process_start_time_seconds", () -> runtime.getStartTime() / 1e3);
    gauge(registry, "process_virtual_memory_bytes", () -> memory(0));
    gauge(registry, "process_resident_memory_bytes", () -> memory(1));
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      FunctionCounter.builder(
              "process_cpu_seconds_total", system, each -> each.getProcessCpuTime() / 1e9)
          .register(registry);
      gauge(registry, "process_open_fds", () -> (double) system.getOpenFileDescriptorCount());
      gauge(registry, "process_max_fds", () -> (double) system.getMaxFileDescriptorCount());
    }
  }

  private static void gauge(
      MeterRegistry registry, String name, java.util.function.Supplier<Number> value) {
    Gauge.builder(name, value).strongReference(true).register(registry);
  }

  private static double memory(int field) {
    try {
      return Long.parseLong(Files.readString(MEMORY).split(" ", -1)[field]) * (double) PAGE;
    } catch (IOException notLinux) {
      return Double.NaN;
    }
  }
}
