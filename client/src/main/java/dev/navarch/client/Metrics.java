package dev.navarch.client;

import java.time.Duration;

/// Where the runtime's numbers go, under the names that upstream's controllers use; `name` is the
/// label that tells queues apart.
public interface Metrics {
  Metrics NONE =
      new Metrics() {
        @Override
        public void add(String metric, String name, long amount) {}

        @Override
        public void set(String metric, String name, long value) {}

        @Override
        public void observe(String metric, String name, Duration took) {}
      };

  /// Raises a counter.
  void add(String metric, String name, long amount);

  /// Sets a gauge.
  void set(String metric, String name, long value);

  /// Adds to a histogram of seconds.
  void observe(String metric, String name, Duration took);
}
