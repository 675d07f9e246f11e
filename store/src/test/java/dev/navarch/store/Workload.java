package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.History.Answer;
import dev.navarch.store.History.Operation;
import dev.navarch.store.Store.Outcome;
import dev.navarch.store.Store.UnavailableException;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Clients that write the same few keys as fast as they can, each write only if nobody was faster,
/// and tell what they ask before they ask it and what they were answered.
final class Workload {
  private static final int WRITERS = 8;
  private static final int KEYS = 6;
  private static final long PAUSE = 1_000_000;

  private final Store store;
  private final Consumer<Operation> told;
  private final long seed;
  private final Map<String, Long> known = new ConcurrentHashMap<>();

  Workload(Store store, long seed, Consumer<Operation> told) {
    this.store = store;
    this.seed = seed;
    this.told = told;
  }

  /// Goes on until told to stop, or until each writer has done so many operations.
  void run(int most, BooleanSupplier stop) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int writer = 0; writer < WRITERS; writer++) {
        int number = writer;
        threads.execute(() -> write(number, most, stop));
      }
    }
  }

  private void write(int writer, int most, BooleanSupplier stop) {
    var random = new Random(seed * WRITERS + writer);
    for (int n = 0; n < most && !stop.getAsBoolean(); n++) {
      String key = "/registry/faults/k" + random.nextInt(KEYS);
      long expected = known.getOrDefault(key, 0L);
      boolean delete = expected != 0 && random.nextInt(5) == 0;
      String value = seed + "-" + writer + "-" + n;
      told.accept(new Operation(key, value, delete, Answer.UNKNOWN, 0));
      try {
        Outcome outcome =
            delete
                ? store.delete(key, expected)
                : store.put(key, value.getBytes(UTF_8), expected, null);
        told.accept(answered(key, value, delete, outcome));
      } catch (UnavailableException e) {
        LockSupport.parkNanos(PAUSE);
      }
    }
  }

  private Operation answered(String key, String value, boolean delete, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Committed(long revision) -> {
        known.put(key, delete ? 0L : revision);
        yield new Operation(key, value, delete, Answer.ACKNOWLEDGED, revision);
      }
      case Outcome.Mismatch(var current) -> {
        known.put(key, current == null ? 0L : current.modRevision());
        yield new Operation(key, value, delete, Answer.REFUSED, 0);
      }
    };
  }
}
