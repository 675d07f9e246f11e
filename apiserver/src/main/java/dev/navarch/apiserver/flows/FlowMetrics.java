package dev.navarch.apiserver.flows;

import java.time.Duration;
import java.util.function.IntSupplier;

/// Hears what becomes of requests on their way to a seat.
public interface FlowMetrics {
  /// Hears of one schema's requests on one level.
  Series of(String schema, String level);

  /// Shows how many seats a level has of its own.
  void level(String name, IntSupplier seats);

  /// The requests of one schema on one level.
  interface Series {
    void queued();

    void unqueued();

    /// @param waited how long the request stood in a queue
    void began(int seats, Duration waited);

    void ended(int seats);

    /// @param reason in upstream's word: concurrency-limit, queue-full, time-out
    void refused(String reason, Duration waited);
  }
}
