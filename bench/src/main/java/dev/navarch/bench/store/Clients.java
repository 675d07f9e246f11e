package dev.navarch.bench.store;

import dev.navarch.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/// A number of clients that create keys, each waiting for its answer before it goes on.
final class Clients {
  private final Store store;
  private final String name;
  private final int count;
  private final int size;
  private final List<Long> nanos = Collections.synchronizedList(new ArrayList<>());
  private double seconds;

  Clients(Store store, String name, int count, int size) {
    this.store = store;
    this.name = name;
    this.count = count;
    this.size = size;
  }

  Clients run(Duration lasting) {
    return run(Long.MAX_VALUE, System.nanoTime() + lasting.toNanos());
  }

  Clients run(long most) {
    return run(most, Long.MAX_VALUE);
  }

  private Clients run(long most, long end) {
    long start = System.nanoTime();
    var next = new AtomicLong();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int client = 0; client < count; client++) {
        byte[] value = StoreBench.value(new Random(client), size);
        threads.execute(() -> write(next, most, end, value));
      }
    }
    seconds = (System.nanoTime() - start) / 1e9;
    return this;
  }

  private void write(AtomicLong next, long most, long end, byte[] value) {
    List<Long> mine = new ArrayList<>();
    for (long n = next.getAndIncrement();
        n < most && System.nanoTime() < end;
        n = next.getAndIncrement()) {
      long start = System.nanoTime();
      store.put("/registry/bench/%s/%09d".formatted(name, n), value, 0, null);
      mine.add(System.nanoTime() - start);
    }
    nanos.addAll(mine);
  }

  double rate() {
    return nanos.size() / seconds;
  }

  double millis(int percentile) {
    List<Long> sorted = nanos.stream().sorted().toList();
    return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percentile / 100)) / 1e6;
  }
}
