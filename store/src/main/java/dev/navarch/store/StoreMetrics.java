package dev.navarch.store;

import java.time.Duration;

/// What a store and those who look after it tell about their work, for whoever keeps the counters.
/// Called on the thread that does the work: return at once.
public interface StoreMetrics {
  StoreMetrics NONE =
      new StoreMetrics() {
        @Override
        public void committed(int writes, long bytes, Duration took) {}

        @Override
        public void failed(int writes) {}

        @Override
        public void compacted(Duration took) {}
      };

  /// A batch became durable.
  ///
  /// @param bytes the batch's size in the log
  /// @param took from the first byte written to the end of the sync
  void committed(int writes, long bytes, Duration took);

  /// A batch was refused by the disk, and so were these writes.
  void failed(int writes);

  /// History was forgotten, as far as it was due.
  void compacted(Duration took);
}
