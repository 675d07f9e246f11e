package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.navarch.store.Store.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The embedded store keeps the contract, and what it acknowledged: over a restart, a kill, and a
/// disk that fails.
class EmbeddedStoreTest extends StoreContract {
  @TempDir(factory = MemoryFolder.class)
  private Path folder;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final InstantSource clock = now::get;

  @Override
  Store fresh() {
    return open(folder.resolve("data"));
  }

  @Override
  void pass(Duration time) {
    now.updateAndGet(t -> t.plus(time));
  }

  private EmbeddedStore open(Path path) {
    return EmbeddedStore.open(path, clock, StoreMetrics.NONE);
  }

  private void reopen() {
    store.close();
    store = fresh();
  }

  private Path copy(String name) throws IOException {
    return DeadStore.copy(folder.resolve("data"), folder.resolve(name));
  }

  @Test
  void aReopenedStoreIsWhereItWas() {
    put("/a/x", "1", 0);
    put("/a/x", "2", 2);
    put("/a/y", "1", 0);
    store.delete("/a/y", 4);
    reopen();
    assertThat(store.revision()).isEqualTo(5);
    assertThat(keys(4)).containsExactly("/a/x", "/a/y");
    assertThat(keys(0)).containsExactly("/a/x");
    var recorder = new Recorder();
    store.watch("/a/", 1, recorder);
    assertThat(recorder.upTo(5)).hasSize(4);
    assertThat(put("/a/y", "2", 0)).isEqualTo(6);
  }

  @Test
  void compactionOutlivesARestart() {
    put("/a/x", "1", 0);
    store.delete("/a/x", 2);
    store.compact(3);
    reopen();
    assertThat(store.compactedRevision()).isEqualTo(3);
    assertThat(store.revision()).isEqualTo(3);
    assertThat(keys(0)).isEmpty();
    assertThat(put("/a/x", "2", 0)).isEqualTo(4);
  }

  @Test
  void aTimeToLiveOutlivesARestart() {
    store.put("/a/x", new byte[0], 0, Duration.ofSeconds(10));
    reopen();
    pass(Duration.ofSeconds(10));
    await().until(() -> store.get("/a/x").isEmpty());
  }

  @Test
  void whatWasAcknowledgedSurvivesAKillAtAnyMoment() throws IOException {
    Map<String, Long> acknowledged = new ConcurrentHashMap<>();
    var stop = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int w = 0; w < 8; w++) {
        String key = "/a/" + w;
        threads.submit(
            () -> {
              while (!stop.get()) {
                acknowledged.put(key, put(key, key, acknowledged.getOrDefault(key, 0L)));
              }
            });
      }
      for (int kill = 0; kill < 5; kill++) {
        await().until(() -> acknowledged.size() == 8);
        Map<String, Long> before = Map.copyOf(acknowledged);
        try (Store copy = open(copy("kill-" + kill))) {
          before.forEach(
              (key, revision) ->
                  assertThat(copy.get(key).orElseThrow().modRevision())
                      .isGreaterThanOrEqualTo(revision));
          var recorder = new Recorder();
          copy.watch("/a/", 1, recorder);
          assertThat(recorder.upTo(copy.revision())).hasSize((int) copy.revision() - 1);
        }
      }
      stop.set(true);
    }
  }

  @Test
  void whoHasNoPatienceLeavesADiskThatHangs() {
    var hangs = new AtomicBoolean();
    var hanging = new Semaphore(0);
    var goesOn = new Semaphore(0);
    FailingDisk.Failure stalls =
        (records, changes) -> {
          if (hangs.get()) {
            hanging.release();
            goesOn.acquireUninterruptibly();
          }
          records.commit(changes);
        };
    Disk disk = new FailingDisk(DataDirectory.claim(folder.resolve("stalled")), stalls);
    try (Store store = EmbeddedStore.open(disk, clock, new Threads(), StoreMetrics.NONE, 100)) {
      var recorder = new Recorder();
      store.watch("/a/", 1, recorder);
      store.put("/a/x", new byte[0], 0, null);
      hangs.set(true);
      assertThat(late(300, () -> store.put("/a/begun", new byte[0], 0, null)).isOpen()).isTrue();
      hanging.acquireUninterruptibly();
      Store.LateException waiting = late(1, () -> store.put("/a/waiting", new byte[0], 0, null));
      assertThat(waiting.isOpen()).isFalse();
      assertThat(waiting).hasMessageContaining("nothing was changed");
      assertThat(store.get("/a/x")).isPresent();
      hangs.set(false);
      goesOn.release();
      store.put("/a/y", new byte[0], 0, null);
      assertThat(recorder.upTo(4).stream().map(Store.Event::key))
          .containsExactly("/a/x", "/a/begun", "/a/y");
    }
  }

  private static Store.LateException late(int millis, Runnable write) {
    return catchThrowableOfType(
        Store.LateException.class, () -> Patience.within(Duration.ofMillis(millis), write));
  }

  @Test
  void aRefusingDiskFailsWritesWholeAndLeavesReadsAlone() {
    var full = new AtomicBoolean();
    FailingDisk.Failure fails =
        (records, changes) -> {
          if (full.get()) {
            throw new IOException("No space left on device");
          }
          records.commit(changes);
        };
    Disk disk = new FailingDisk(DataDirectory.claim(folder.resolve("full")), fails);
    try (Store store = EmbeddedStore.open(disk, clock, new Threads(), StoreMetrics.NONE, 100)) {
      var recorder = new Recorder();
      store.watch("/a/", 1, recorder);
      store.put("/a/x", "1".getBytes(UTF_8), 0, null);
      full.set(true);
      assertThatThrownBy(() -> store.put("/a/x", new byte[0], 2, null))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("No space left on device")
          .hasMessageContaining("nothing was changed");
      assertThatThrownBy(() -> store.compact(2)).isInstanceOf(UnavailableException.class);
      assertThat(store.revision()).isEqualTo(2);
      assertThat(store.compactedRevision()).isZero();
      assertThat(text(store.get("/a/x").orElseThrow())).isEqualTo("1");
      full.set(false);
      assertThat(store.put("/a/x", new byte[0], 2, null)).isEqualTo(new Store.Outcome.Committed(3));
      assertThat(recorder.upTo(3)).hasSize(2);
    }
  }

  @Test
  void aSlowListenerLosesItsWatchAndHoldsUpNobody() {
    var gate = new Semaphore(0);
    var slow =
        new Store.Listener() {
          private final Recorder heard = new Recorder();

          @Override
          public void changed(List<Store.Event> events) {
            gate.acquireUninterruptibly();
          }

          @Override
          public void progress(long revision) {}

          @Override
          public void ended(@Nullable RuntimeException why) {
            heard.ended(why);
          }
        };
    try (Store store =
        EmbeddedStore.open(
            DataDirectory.claim(folder.resolve("slow")),
            clock,
            new Threads(),
            StoreMetrics.NONE,
            10)) {
      store.watch("/a/", 1, slow);
      for (int i = 0; i < 30; i++) {
        store.put("/a/" + i, new byte[0], 0, null);
      }
      gate.release(100);
      assertThat(slow.heard.end()).hasMessageContaining("fell behind by more than 10 changes");
    }
  }

  @Test
  void aDirectoryInUseIsRefused() {
    assertThatThrownBy(this::fresh)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            folder.resolve("data") + " is in use by process " + ProcessHandle.current().pid());
  }

  @Test
  void anotherFormatIsRefusedByName() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.writeString(other.resolve("VERSION"), "navarch-store 9\n");
    assertThatThrownBy(() -> open(other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("\"navarch-store 9\", expected \"navarch-store 2\"");
  }

  @Test
  void somebodyElsesDirectoryIsRefused() throws IOException {
    Path other = Files.createDirectory(folder.resolve("home"));
    Files.writeString(other.resolve("thesis.tex"), "");
    assertThatThrownBy(() -> open(other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("holds \"thesis.tex\" but no VERSION");
  }

  @Test
  void aDamagedLogIsRefused() throws IOException {
    for (int i = 0; i < 10; i++) {
      put("/a/" + i, "value", 0);
    }
    Path copy = copy("damaged");
    Path log = DeadStore.log(copy);
    byte[] bytes = Files.readAllBytes(log);
    bytes[bytes.length / 2] ^= 1;
    Files.write(log, bytes);
    assertThatThrownBy(() -> open(copy))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is damaged");
  }

  @Test
  void aClosedStoreSaysSo() {
    var recorder = new Recorder();
    store.watch("/a/", 1, recorder);
    store.close();
    assertThat(recorder.end()).hasMessage("the store is closed");
    assertThatThrownBy(() -> put("/a/x", "", 0)).hasMessage("the store is closed");
    assertThatThrownBy(() -> store.get("/a/x")).hasMessage("the store is closed");
  }
}
