package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.store.Store.CompactedException;
import dev.navarch.store.Store.Event;
import dev.navarch.store.Store.FutureRevisionException;
import dev.navarch.store.Store.KeyValue;
import dev.navarch.store.Store.Outcome.Committed;
import dev.navarch.store.Store.Outcome.Mismatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every {@link Store} promises, whatever engine is behind it.
abstract class StoreContract {
  protected Store store;

  /// A store that nothing was written to.
  abstract Store fresh() throws Exception;

  /// Lets the store's clock go on.
  abstract void pass(Duration time);

  Waits waits() {
    return Waits.REAL;
  }

  /// Does all of this at the same time, and returns what came of each.
  <T> List<T> together(List<Callable<T>> tasks) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<T> results = new ArrayList<>();
      for (Future<T> done : threads.invokeAll(tasks)) {
        results.add(done.get());
      }
      return results;
    }
  }

  /// Lets others go on.
  void pause() {
    Thread.onSpinWait();
  }

  private void until(BooleanSupplier so) {
    waits().until(so);
  }

  @BeforeEach
  void openStore() throws Exception {
    store = fresh();
  }

  @AfterEach
  void closeStore() {
    if (store != null) {
      store.close();
    }
  }

  long put(String key, String value, long expected) {
    return ((Committed) store.put(key, value.getBytes(UTF_8), expected, null)).revision();
  }

  static String text(KeyValue value) {
    return new String(value.value(), UTF_8);
  }

  List<String> keys(long revision) {
    return store.range("/a/", "/a0", revision, 0).items().stream().map(KeyValue::key).toList();
  }

  @Test
  void aFreshStoreIsAtRevisionOne() {
    assertThat(store.revision()).isEqualTo(1);
    assertThat(store.compactedRevision()).isZero();
    assertThat(store.range("/", "0", 0, 0).items()).isEmpty();
    assertThat(store.range("/", "0", 0, 0).revision()).isEqualTo(1);
  }

  @Test
  void everyChangeGetsTheNextRevision() {
    assertThat(put("/a/x", "1", 0)).isEqualTo(2);
    assertThat(put("/a/x", "2", 2)).isEqualTo(3);
    assertThat(store.delete("/a/x", 3)).isEqualTo(new Committed(4));
    assertThat(put("/a/x", "3", 0)).isEqualTo(5);
    assertThat(store.revision()).isEqualTo(5);
    KeyValue now = store.get("/a/x").orElseThrow();
    assertThat(text(now)).isEqualTo("3");
    assertThat(now.createRevision()).isEqualTo(5);
    assertThat(now.modRevision()).isEqualTo(5);
  }

  @Test
  void anUpdateKeepsTheCreateRevision() {
    put("/a/x", "1", 0);
    put("/a/x", "2", 2);
    assertThat(store.get("/a/x").orElseThrow().createRevision()).isEqualTo(2);
  }

  @Test
  void aWriteThatExpectsAnotherRevisionChangesNothingAndSaysWhatIsThere() {
    put("/a/x", "1", 0);
    assertThat(store.put("/a/x", new byte[0], 0, null))
        .isInstanceOfSatisfying(
            Mismatch.class, m -> assertThat(m.current()).extracting("modRevision").isEqualTo(2L));
    assertThat(store.delete("/a/x", 7)).isInstanceOf(Mismatch.class);
    assertThat(store.put("/a/y", new byte[0], 2, null)).isEqualTo(new Mismatch(null));
    assertThat(store.delete("/a/y", 0)).isEqualTo(new Mismatch(null));
    assertThat(store.revision()).isEqualTo(2);
  }

  @Test
  void aKeyThatIsAPrefixOfAnotherIsAKeyOfItsOwn() {
    put("/a/x", "1", 0);
    put("/a/x/y", "2", 0);
    put("/a/x-y", "3", 0);
    store.delete("/a/x", 2);
    assertThat(store.get("/a/x")).isEmpty();
    assertThat(text(store.get("/a/x/y").orElseThrow())).isEqualTo("2");
    assertThat(keys(0)).containsExactly("/a/x-y", "/a/x/y");
  }

  @Test
  void keysAreInByteOrderAlsoBeyondAscii() {
    for (String key : List.of("/a/ä", "/a/\uFFFD", "/a/\uD83D\uDE00", "/a/z")) {
      put(key, "", 0);
    }
    assertThat(keys(0)).containsExactly("/a/z", "/a/ä", "/a/\uFFFD", "/a/\uD83D\uDE00");
  }

  @Test
  void aRangeShowsAnOlderRevisionAsItWas() {
    put("/a/x", "1", 0);
    put("/a/y", "1", 0);
    put("/a/x", "2", 2);
    store.delete("/a/y", 3);
    put("/a/z", "1", 0);
    assertThat(keys(2)).containsExactly("/a/x");
    assertThat(keys(3)).containsExactly("/a/x", "/a/y");
    assertThat(text(store.range("/a/", "/a0", 3, 0).items().getFirst())).isEqualTo("1");
    assertThat(keys(0)).containsExactly("/a/x", "/a/z");
    assertThatThrownBy(() -> keys(7)).isInstanceOf(FutureRevisionException.class);
  }

  @Test
  void aLimitedRangeSaysWhetherMoreIsLeft() {
    for (String key : List.of("/a/1", "/a/2", "/a/3", "/b/4")) {
      put(key, key, 0);
    }
    Store.Page two = store.range("/a/", "/a0", 0, 2);
    assertThat(two.items()).extracting(KeyValue::key).containsExactly("/a/1", "/a/2");
    assertThat(two.more()).isTrue();
    assertThat(store.range("/a/2\0", "/a0", 0, 2).items()).hasSize(1);
    assertThat(store.range("/a/", "/a0", 0, 3).more()).isFalse();
    assertThat(store.count("/a/", "/a0")).isEqualTo(3);
    assertThat(store.count("/c", "/d")).isZero();
  }

  @Test
  void compactionForgetsHistoryAndKeepsWhatIsNewest() {
    put("/a/x", "1", 0);
    put("/a/y", "1", 0);
    put("/a/x", "2", 2);
    store.delete("/a/y", 3);
    put("/a/x", "3", 4);
    store.compact(5);
    assertThat(store.compactedRevision()).isEqualTo(5);
    assertThatThrownBy(() -> keys(4)).isInstanceOf(CompactedException.class);
    assertThat(keys(5)).containsExactly("/a/x");
    assertThat(store.range("/a/", "/a0", 5, 0).items())
        .singleElement()
        .extracting(KeyValue::modRevision)
        .isEqualTo(4L);
    assertThat(keys(6)).containsExactly("/a/x");
    assertThat(keys(0)).containsExactly("/a/x");
    assertThatThrownBy(() -> store.watch("/a/", 4, new Recorder()))
        .isInstanceOf(CompactedException.class)
        .hasMessageContaining("the oldest kept is 5");
    var recorder = new Recorder();
    store.watch("/a/", 5, recorder);
    assertThat(recorder.upTo(6, waits()))
        .singleElement()
        .isInstanceOfSatisfying(
            Event.Put.class,
            put -> assertThat(put.previous()).extracting("modRevision").isEqualTo(4L));
  }

  @Test
  void compactionToTheNewestRevisionKeepsReadsAndTheRevision() {
    put("/a/x", "1", 0);
    put("/a/x", "2", 2);
    store.compact(3);
    store.compact(2);
    assertThat(keys(0)).containsExactly("/a/x");
    assertThat(store.revision()).isEqualTo(3);
    assertThat(put("/a/x", "3", 3)).isEqualTo(4);
    assertThatThrownBy(() -> store.compact(9)).isInstanceOf(FutureRevisionException.class);
  }

  @Test
  void aWatchReplaysThePastAndGoesOnLive() {
    put("/a/x", "1", 0);
    put("/b/x", "1", 0);
    put("/a/x", "2", 2);
    var recorder = new Recorder();
    store.watch("/a/", 2, recorder);
    store.delete("/a/x", 4);
    long last = put("/b/y", "1", 0);
    List<Event> events = recorder.upTo(last, waits());
    assertThat(events).extracting(Event::revision).containsExactly(4L, 5L);
    assertThat(events.get(0))
        .isInstanceOfSatisfying(
            Event.Put.class,
            put -> {
              assertThat(text(put.now())).isEqualTo("2");
              assertThat(put.previous()).extracting("modRevision").isEqualTo(2L);
            });
    assertThat(events.get(1))
        .isInstanceOfSatisfying(
            Event.Delete.class, delete -> assertThat(text(delete.last())).isEqualTo("2"));
  }

  @Test
  void aWatchFromARevisionToComeStartsThere() {
    var recorder = new Recorder();
    store.watch("/a/", 3, recorder);
    put("/a/1", "", 0);
    put("/a/2", "", 0);
    put("/a/3", "", 0);
    assertThat(recorder.upTo(4, waits())).extracting(Event::key).containsExactly("/a/3");
  }

  @Test
  void aClosedWatchEndsWithoutAReason() {
    var recorder = new Recorder();
    store.watch("/a/", 1, recorder).close();
    assertThat(recorder.end(waits())).isNull();
    put("/a/1", "", 0);
    assertThat(recorder.events).isEmpty();
  }

  @Test
  void aKeyWithATimeToLiveGoesByItself() {
    store.put("/a/x", new byte[0], 0, Duration.ofSeconds(1));
    store.put("/a/y", new byte[0], 0, Duration.ofSeconds(1));
    store.put("/a/y", new byte[0], 3, null);
    store.put("/a/z", new byte[0], 0, Duration.ofSeconds(1));
    store.put("/a/z", new byte[0], 5, Duration.ofSeconds(6));
    assertThat(store.end(store.get("/a/y").orElseThrow())).isEmpty();
    assertThat(store.end(store.get("/a/z").orElseThrow())).isPresent();
    var recorder = new Recorder();
    store.watch("/a/", 6, recorder);
    pass(Duration.ofSeconds(2));
    until(() -> store.get("/a/x").isEmpty());
    assertThat(keys(0)).containsExactly("/a/y", "/a/z");
    assertThat(recorder.upTo(7, waits())).singleElement().isInstanceOf(Event.Delete.class);
    pass(Duration.ofSeconds(5));
    until(() -> store.get("/a/z").isEmpty());
    assertThat(keys(0)).containsExactly("/a/y");
  }

  @Test
  void manyWritersGetGapFreeRevisionsAndAWatchSeesEachOnce() throws Exception {
    var recorder = new Recorder();
    store.watch("/a/", 1, recorder);
    int writers = 50;
    int each = 20;
    List<Callable<List<Long>>> writing = new ArrayList<>();
    for (int w = 0; w < writers; w++) {
      String key = "/a/" + w;
      writing.add(
          () -> {
            List<Long> mine = new ArrayList<>();
            long last = 0;
            for (int i = 0; i < each; i++) {
              last = put(key, key + i, last);
              mine.add(last);
            }
            return mine;
          });
    }
    List<Long> revisions = together(writing).stream().flatMap(List::stream).toList();
    long newest = 1 + (long) writers * each;
    List<Long> all = LongStream.rangeClosed(2, newest).boxed().toList();
    assertThat(revisions).containsExactlyInAnyOrderElementsOf(all);
    assertThat(recorder.upTo(newest, waits()))
        .extracting(Event::revision)
        .containsExactlyElementsOf(all);
    var later = new Recorder();
    store.watch("/a/", 1, later);
    assertThat(later.upTo(newest, waits()))
        .extracting(Event::revision)
        .containsExactlyElementsOf(all);
  }

  @Test
  void watchesThatJoinDuringWritesMissNothing() throws Exception {
    List<Recorder> recorders = new ArrayList<>();
    List<Long> starts = new ArrayList<>();
    var newest = new AtomicLong();
    Callable<Boolean> writing =
        () -> {
          long last = 0;
          for (int i = 0; i < 300; i++) {
            last = put("/a/x", "" + i, last);
          }
          newest.set(last);
          return true;
        };
    Callable<Boolean> joining =
        () -> {
          while (newest.get() == 0 && recorders.size() < 40) {
            var recorder = new Recorder();
            long start = Math.max(1, store.revision() - 5);
            recorders.add(recorder);
            starts.add(start);
            store.watch("/a/", start, recorder);
            pause();
          }
          return true;
        };
    together(List.of(writing, joining));
    for (int i = 0; i < recorders.size(); i++) {
      assertThat(recorders.get(i).upTo(newest.get(), waits()))
          .extracting(Event::revision)
          .containsExactlyElementsOf(
              LongStream.rangeClosed(starts.get(i) + 1, newest.get()).boxed().toList());
    }
  }

  @Test
  void oneWriterWinsARace() throws Exception {
    List<Callable<Boolean>> racers =
        Collections.nCopies(64, () -> store.put("/a/x", new byte[0], 0, null) instanceof Committed);
    assertThat(together(racers)).containsOnlyOnce(true).hasSize(64);
    assertThat(store.revision()).isEqualTo(2);
  }
}
