package dev.navarch.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that fails at any write, one that is full, and a clock that jumps, under an embedded
/// store with writers.
@Tag("faults")
class DiskFaultsTest {
  private static final InstantSource CLOCK = InstantSource.system();
  private static final int FASTER = 20;
  private static final long PACE = Duration.ofMillis(2).toNanos();

  @TempDir private Path folder;

  @Test
  void aDiskThatFailsAtAnyWrite() throws IOException {
    var row = new FaultRow("write or sync error, at every write");
    for (int i = 0; i < FaultRow.times(60, 500); i++) {
      int at = 1 + i % 60;
      boolean done = i % 2 == 0;
      var writes = new AtomicInteger();
      FailingDisk.Failure failing =
          (records, changes) -> {
            boolean fails = writes.incrementAndGet() == at;
            if (!fails || done) {
              records.commit(changes);
            }
            if (fails) {
              throw new IOException(done ? "Input/output error" : "No space left on device");
            }
          };
      Path data = folder.resolve("disk-" + i);
      var history = new History();
      Disk disk = new FailingDisk(DataDirectory.claim(data), failing);
      try (Store store =
          EmbeddedStore.open(disk, CLOCK, new Threads(), StoreMetrics.NONE, 100_000)) {
        workload(row, store, history).run(30, () -> false);
        row.judge(store, history);
      }
      try (Store store = EmbeddedStore.open(data, CLOCK, StoreMetrics.NONE)) {
        row.judge(store, history);
      }
      DeadStore.remove(data);
    }
    row.end();
  }

  private static Workload workload(FaultRow row, Store store, History history) {
    return new Workload(store, row.random().nextLong(1L << 40), history::add);
  }

  @Test
  void aFullDisk() throws Exception {
    Path mount = Files.createDirectories(folder.resolve("disk"));
    assumeThat(run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", mount.toString()))
        .as("a file system of its own can be mounted (root)")
        .isTrue();
    var row = new FaultRow("disk full, then free again");
    try {
      for (int i = 0; i < FaultRow.times(8, 500); i++) {
        fillAndFree(row, mount);
      }
    } finally {
      run("umount", "-l", mount.toString());
    }
    row.end();
  }

  /// Tries a disk that was full sooner than every other second.
  private static Turns impatient() {
    return new Turns() {
      private final Threads threads = new Threads();

      @Override
      public void commit(Runnable work) {
        threads.commit(work);
      }

      @Override
      public void commit(Duration later, Runnable work) {
        threads.commit(later.dividedBy(FASTER), work);
      }

      @Override
      public void watch(Runnable work) {
        threads.watch(work);
      }

      @Override
      public <T> T await(CompletableFuture<T> answer) throws TimeoutException {
        return threads.await(answer);
      }

      @Override
      public long nanos() {
        return threads.nanos() * FASTER;
      }

      @Override
      public void close() {
        threads.close();
      }
    };
  }

  private static void fillAndFree(FaultRow row, Path mount) throws Exception {
    Path data = mount.resolve("data");
    Path ballast = mount.resolve("ballast");
    var history = new History();
    var acknowledged = new AtomicInteger();
    try (Store store =
        EmbeddedStore.open(
            DataDirectory.claim(data), CLOCK, impatient(), StoreMetrics.NONE, 100_000)) {
      var stop = new AtomicBoolean();
      var writers =
          new Workload(
              store,
              row.random().nextLong(1L << 40),
              operation -> {
                history.add(operation);
                if (operation.answer() == History.Answer.ACKNOWLEDGED) {
                  acknowledged.incrementAndGet();
                  LockSupport.parkNanos(PACE);
                }
              });
      Thread writing = Thread.ofPlatform().start(() -> writers.run(Integer.MAX_VALUE, stop::get));
      Waits.REAL.until(() -> acknowledged.get() > 0);
      fill(ballast);
      Waits.REAL.until(() -> isRefused(store));
      store.range("/registry/", "/registry0", 0, 0);
      Files.delete(ballast);
      int before = acknowledged.get();
      Waits.REAL.until(() -> acknowledged.get() > before);
      stop.set(true);
      writing.join();
      row.judge(store, history);
    }
    fill(ballast);
    try (Store store = EmbeddedStore.open(data, CLOCK, StoreMetrics.NONE)) {
      row.judge(store, history);
    }
    Files.delete(ballast);
    DeadStore.remove(data);
  }

  /// A large write finds no room, also where a small one still does.
  private static boolean isRefused(Store store) {
    try {
      byte[] large = new byte[1 << 20];
      new Random().nextBytes(large);
      store.put("/large/" + System.nanoTime(), large, 0, null);
      return false;
    } catch (Store.UnavailableException e) {
      assertThat(e).hasMessageContaining("cannot write to");
      return true;
    }
  }

  private static void fill(Path ballast) throws IOException {
    byte[] block = new byte[64 << 10];
    try (var out = Files.newOutputStream(ballast)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("space")) {
        throw e;
      }
    }
  }

  private static boolean run(String... command) throws Exception {
    return new ProcessBuilder(command).start().waitFor() == 0;
  }

  @Test
  void aClockThatJumps() {
    var row = new FaultRow("clock jumps by an hour, both ways");
    var now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    for (int i = 0; i < FaultRow.times(10, 50); i++) {
      var history = new History();
      try (Store store =
          EmbeddedStore.open(folder.resolve("clock-" + i), now::get, StoreMetrics.NONE)) {
        store.put("/registry/events/e", new byte[0], 0, Duration.ofMinutes(30));
        var workload =
            new Workload(
                store,
                row.random().nextLong(1L << 40),
                operation -> {
                  history.add(operation);
                  now.updateAndGet(t -> t.plus(Duration.ofHours(row.random().nextInt(3) - 1)));
                });
        workload.run(60, () -> false);
        row.judge(store, history);
      }
    }
    row.end();
  }
}
