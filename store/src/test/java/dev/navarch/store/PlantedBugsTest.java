package dev.navarch.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.store.Store.Event;
import dev.navarch.store.Store.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The harness's judges find what they are there for: each bug is planted in a store that works,
/// and must be found.
class PlantedBugsTest {
  private static final int SOME = 20;

  @TempDir(factory = MemoryFolder.class)
  private Path folder;

  private Store sound(String name) {
    return EmbeddedStore.open(folder.resolve(name), InstantSource.system(), StoreMetrics.NONE);
  }

  private static List<String> judge(Store store) {
    var history = new History();
    new Workload(store, 1, history::add).run(SOME, () -> false);
    return Verdict.on(store, history, new Random(1)).violations();
  }

  @Test
  void aSoundStoreIsFoundSound() {
    try (Store store = sound("data")) {
      assertThat(judge(store)).isEmpty();
    }
  }

  @Test
  void aLostWriteIsFound() {
    var bug =
        new Planted(sound("data")) {
          @Override
          public Outcome put(String key, byte[] value, long expected, @Nullable Duration ttl) {
            boolean lost = random.nextInt(SOME) == 0;
            return lost
                ? new Outcome.Committed(revision() + 1)
                : super.put(key, value, expected, ttl);
          }
        };
    try (bug) {
      assertThat(judge(bug)).anyMatch(found -> found.contains("was acknowledged and is not there"));
    }
  }

  @Test
  void aReusedRevisionIsFound() {
    var bug =
        new Planted(sound("data")) {
          @Override
          public Outcome put(String key, byte[] value, long expected, @Nullable Duration ttl) {
            Outcome outcome = super.put(key, value, expected, ttl);
            boolean reused = outcome instanceof Outcome.Committed && random.nextInt(SOME) == 0;
            return reused ? new Outcome.Committed(Math.max(2, revision() - 1)) : outcome;
          }
        };
    try (bug) {
      assertThat(judge(bug)).anyMatch(found -> found.contains("was acknowledged twice"));
    }
  }

  @Test
  void aWatchThatSkipsIsFound() {
    var check = new WatchCheck(1);
    assertThat(watched(check, events -> events.subList(1, events.size())))
        .anyMatch(found -> found.startsWith("reliable"));
  }

  @Test
  void aWatchThatRepeatsIsFound() {
    var check = new WatchCheck(1);
    assertThat(
            watched(
                check,
                events -> {
                  check.changed(events);
                  return events;
                }))
        .anyMatch(found -> found.startsWith("unique"));
  }

  @Test
  void aWatchOutOfOrderIsFound() {
    assertThat(watched(new WatchCheck(1), List::reversed))
        .anyMatch(found -> found.startsWith("ordered"));
  }

  @Test
  void progressThatRunsAheadIsFound() {
    var check = new WatchCheck(1);
    assertThat(
            watched(
                check,
                events -> {
                  check.progress(events.getLast().revision());
                  return events;
                }))
        .anyMatch(found -> found.startsWith("bookmarkable"));
  }

  private interface Tampering {
    List<Event> with(List<Event> events);
  }

  private List<String> watched(WatchCheck check, Tampering tampering) {
    try (Store store = sound("data")) {
      new Workload(store, 1, _ -> {}).run(SOME, () -> false);
      var recorder = new Recorder();
      store.watch("/registry/", 1, recorder);
      List<Event> log = recorder.upTo(store.revision());
      check.changed(tampering.with(log));
      check.progress(store.revision());
      return check.violations(log);
    }
  }

  @Test
  void aTornRecordThatIsAcceptedIsFound() throws Exception {
    var history = new History();
    Path dead;
    try (Store store = sound("data")) {
      new Workload(store, 1, history::add).run(SOME, () -> false);
      dead = DeadStore.copy(folder.resolve("data"), folder.resolve("dead"));
    }
    Path log = DeadStore.log(dead);
    byte[] bytes = Files.readAllBytes(log);
    Files.write(log, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    Head.create(dead.resolve(Head.FILE));
    try (Store store = EmbeddedStore.open(dead, InstantSource.system(), StoreMetrics.NONE)) {
      assertThat(Verdict.on(store, history, new Random(1)).violations())
          .anyMatch(found -> found.contains("was acknowledged and is not there"));
    }
  }

  /// A store that works, until a method is replaced.
  private abstract static class Planted implements Store {
    final Random random = new Random(7);
    private final Store store;

    Planted(Store store) {
      this.store = store;
    }

    @Override
    public long revision() {
      return store.revision();
    }

    @Override
    public long compactedRevision() {
      return store.compactedRevision();
    }

    @Override
    public Optional<KeyValue> get(String key) {
      return store.get(key);
    }

    @Override
    public Page range(String from, String to, long revision, int limit) {
      return store.range(from, to, revision, limit);
    }

    @Override
    public long count(String from, String to) {
      return store.count(from, to);
    }

    @Override
    public Outcome put(String key, byte[] value, long expected, @Nullable Duration ttl) {
      return store.put(key, value, expected, ttl);
    }

    @Override
    public Outcome delete(String key, long expected) {
      return store.delete(key, expected);
    }

    @Override
    public Watch watch(String prefix, long revision, Listener listener) {
      return store.watch(prefix, revision, listener);
    }

    @Override
    public void compact(long revision) {
      store.compact(revision);
    }

    @Override
    public Optional<Instant> end(KeyValue of) {
      return store.end(of);
    }

    @Override
    public long size() {
      return store.size();
    }

    @Override
    public void close() {
      store.close();
    }
  }
}
