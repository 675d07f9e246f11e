package dev.navarch.apiserver.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiError.Resource;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.cache.CacheEvent.Seen;
import dev.navarch.store.EmbeddedStore;
import dev.navarch.store.Store;
import dev.navarch.store.Store.Outcome.Committed;
import dev.navarch.store.StoreMetrics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The caches show what the store holds, at one revision, and every change to those who watch.
class CachesTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Kind PODS = BuiltInKinds.load().byKind("v1", "Pod").orElseThrow();
  private static final Interest ALL = Interest.in(StorageKeys.prefix(PODS));

  @TempDir private Path folder;
  private Store store;
  private Caches caches;

  @BeforeEach
  void open() {
    store = EmbeddedStore.open(folder.resolve("data"), InstantSource.system(), StoreMetrics.NONE);
    caches = Caches.open(store, CachesTest::fields);
  }

  @AfterEach
  void close() {
    caches.close();
    store.close();
  }

  private static Map<String, Function<JsonNode, String>> fields(Resource resource) {
    return resource.plural().equals("pods")
        ? Map.of("spec.nodeName", pod -> pod.path("spec").path("nodeName").asString(""))
        : Map.of();
  }

  private static boolean any(CacheEntry entry) {
    return true;
  }

  private void reopen() {
    caches.close();
    caches = Caches.open(store, CachesTest::fields);
  }

  private static String pod(String name, String app, String node) {
    return """
    {"kind":"Pod","metadata":{"name":"%s","namespace":"default","labels":{"app":"%s"}},"spec":{"nodeName":"%s"}}\
    """
        .formatted(name, app, node);
  }

  private static String key(String name) {
    return "/registry/pods/default/" + name;
  }

  private long put(String key, String json, long expected) {
    return ((Committed) store.put(key, json.getBytes(UTF_8), expected, null)).revision();
  }

  private long putPod(String name, String app, long expected) {
    return put(key(name), pod(name, app, "n1"), expected);
  }

  private ResourceCache pods() {
    ResourceCache pods = caches.of(PODS);
    assertThat(pods.awaitRevision(store.revision(), SOON)).isTrue();
    return pods;
  }

  private static List<String> names(Snapshot.Listing listing) {
    List<String> names = new ArrayList<>();
    listing.forEachRemaining(entry -> names.add(entry.key().substring(key("").length())));
    return names;
  }

  private static Snapshot.Listing list(Snapshot of, Predicate<CacheEntry> selector) {
    String prefix = StorageKeys.prefix(PODS);
    return of.list(prefix, StorageKeys.end(prefix), selector, 0);
  }

  @Test
  void anObjectIsServedAsItsBytesWithItsRevision() {
    long revision = putPod("a", "web", 0);
    CacheEntry entry = pods().get(key("a")).orElseThrow();
    assertThat(new String(entry.json(), UTF_8))
        .isEqualTo(
            pod("a", "web", "n1")
                .replace(
                    "\"metadata\":{", "\"metadata\":{\"resourceVersion\":\"" + revision + "\","));
    assertThat(entry.labels()).containsExactly(Map.entry("app", "web"));
    assertThat(entry.fields())
        .containsOnly(
            Map.entry("metadata.name", "a"),
            Map.entry("metadata.namespace", "default"),
            Map.entry("spec.nodeName", "n1"));
  }

  @Test
  void aTypedViewIsDecodedOnce() {
    putPod("a", "web", 0);
    CacheEntry entry = pods().get(key("a")).orElseThrow();
    var decoded = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      assertThat(entry.typed(Integer.class, json -> json.length + decoded.getAndIncrement()))
          .isEqualTo(entry.json().length);
    }
    assertThat(decoded).hasValue(1);
  }

  @Test
  void whatWasDecodedOfAPastStateIsNotKept() {
    long first = putPod("a", "web", 0);
    CacheEntry past = pods().get(key("a")).orElseThrow();
    var decoded = new AtomicInteger();
    past.typed(Integer.class, _ -> decoded.incrementAndGet());
    putPod("a", "other", first);
    assertThat(pods().get(key("a")).orElseThrow()).isNotSameAs(past);
    past.typed(Integer.class, _ -> decoded.incrementAndGet());
    past.typed(Integer.class, _ -> decoded.incrementAndGet());
    assertThat(decoded).hasValue(3);
  }

  @Test
  void resourcesAreApartAndShareTheRevision() {
    putPod("a", "web", 0);
    long last = put("/registry/example.com/pods/default/a", "{\"metadata\":{}}", 0);
    Snapshot snapshot = pods().snapshot();
    assertThat(names(list(snapshot, CachesTest::any))).containsExactly("a");
    assertThat(snapshot.revision()).isEqualTo(last);
    assertThat(caches.revision()).isEqualTo(last);
  }

  @Test
  void snapshotsTellWhetherAnythingOfTheirResourceChanged() {
    putPod("a", "web", 0);
    Snapshot before = pods().snapshot();
    put("/registry/example.com/pods/default/a", "{\"metadata\":{}}", 0);
    assertThat(pods().snapshot().sameObjects(before)).isTrue();
    putPod("b", "db", 0);
    assertThat(pods().snapshot().sameObjects(before)).isFalse();
  }

  @Test
  void aSnapshotStaysAtItsRevision() {
    putPod("a", "web", 0);
    long revision = putPod("b", "db", 0);
    Snapshot before = pods().snapshot();
    pods().keep(before);
    putPod("c", "web", 0);
    store.delete(key("b"), revision);
    assertThat(names(list(pods().snapshot(), CachesTest::any))).containsExactly("a", "c");
    assertThat(names(list(before, CachesTest::any))).containsExactly("a", "b");
    assertThat(before.revision()).isEqualTo(revision);
    assertThat(pods().at(revision)).containsSame(before);
    assertThat(pods().at(revision + 1)).isEmpty();
    pods().compacted(revision);
    assertThat(pods().at(revision)).isEmpty();
  }

  @Test
  void nameAndNamespaceAreKnownWithoutReading() {
    putPod("a", "web", 0);
    CacheEntry entry = pods().get(key("a")).orElseThrow();
    assertThat(entry.field("metadata.name")).isEqualTo("a");
    assertThat(entry.field("metadata.namespace"))
        .isEqualTo(entry.fields().get("metadata.namespace"));
    assertThat(entry.field("spec.nodeName")).isEqualTo("n1");
    assertThat(entry.field("spec.unknown")).isEmpty();
    put("/registry/nodes/n", pod("n", "web", ""), 0);
    CacheEntry node =
        new ResourceCache(new SelectableFields(Map.of()), new Progress(), 0)
            .entry(store.get("/registry/nodes/n").orElseThrow());
    assertThat(node.field("metadata.name")).isEqualTo("n");
    assertThat(node.field("metadata.namespace")).isEmpty();
  }

  @Test
  void whatHappensToOthersLeavesASnapshotAsItWas() {
    long revision = putPod("a", "web", 0);
    put("/registry/nodes/n", pod("n", "web", ""), 0);
    assertThat(pods().at(revision).map(then -> names(list(then, CachesTest::any))))
        .contains(List.of("a"));
  }

  @Test
  void aListGoesPageByPage() {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      putPod(name, name.equals("c") ? "db" : "web", 0);
    }
    put("/registry/pods/other/x", pod("x", "web", "n1"), 0);
    Snapshot snapshot = pods().snapshot();
    String prefix = StorageKeys.prefix(PODS, "default");
    String end = StorageKeys.end(prefix);
    Predicate<CacheEntry> web = entry -> "web".equals(entry.labels().get("app"));
    Snapshot.Listing first = snapshot.list(prefix, end, web, 3);
    assertThat(names(first)).containsExactly("a", "b", "d");
    assertThat(first.more()).isTrue();
    String next = StorageKeys.after(first.lastKey().orElseThrow());
    assertThat(snapshot.count(next, end)).isEqualTo(1);
    Snapshot.Listing second = snapshot.list(next, end, web, 3);
    assertThat(names(second)).containsExactly("e");
    assertThat(second.more()).isFalse();
  }

  @Test
  void aWatchGetsEveryChangeOnceAndIsWokenForIt() {
    long start = putPod("a", "web", 0);
    var woken = new Semaphore(0);
    try (WatchCursor cursor = pods().watch(start, ALL, woken::release)) {
      assertThat(cursor.poll(10)).isEmpty();
      long second = putPod("a", "db", start);
      long third = ((Committed) store.delete(key("a"), second)).revision();
      List<CacheEvent> events = new ArrayList<>();
      while (events.size() < 2) {
        woken.acquireUninterruptibly();
        events.addAll(cursor.poll(10));
        assertThat(cursor.poll(10)).isEmpty();
      }
      assertThat(events).extracting(CacheEvent::revision).containsExactly(second, third);
      long other = put("/registry/minions/n1", "{\"metadata\":{}}", 0);
      assertThat(pods().revision()).isEqualTo(other);
      assertThat(cursor.poll(10)).isEmpty();
      assertThat(cursor.revision()).isEqualTo(other);
      assertThat(pods().watchers()).isEqualTo(1);
    }
    assertThat(pods().watchers()).isZero();
  }

  @Test
  void anObjectEntersAndLeavesASelector() {
    Predicate<CacheEntry> web = entry -> "web".equals(entry.labels().get("app"));
    WatchCursor cursor = pods().watch(1, ALL, () -> {});
    long created = putPod("a", "db", 0);
    long entered = putPod("a", "web", created);
    long changed = putPod("a", "web", entered);
    long left = putPod("a", "db", changed);
    long deleted = ((Committed) store.delete(key("a"), left)).revision();
    pods();
    List<CacheEvent> events = cursor.poll(10);
    List<Optional<Seen>> seen = events.stream().map(event -> event.seenBy(web)).toList();
    assertThat(seen.get(0)).isEmpty();
    assertThat(seen.get(1).orElseThrow().type()).isEqualTo(CacheEvent.Type.ADDED);
    assertThat(seen.get(2).orElseThrow().type()).isEqualTo(CacheEvent.Type.MODIFIED);
    assertThat(seen.get(4)).isEmpty();
    Seen gone = seen.get(3).orElseThrow();
    assertThat(gone.type()).isEqualTo(CacheEvent.Type.DELETED);
    assertThat(gone.entry().revision()).isEqualTo(left);
    assertThat(new String(gone.entry().json(), UTF_8))
        .contains("\"resourceVersion\":\"" + left + "\"", "\"app\":\"web\"");
    Seen end = events.get(4).seenBy(CachesTest::any).orElseThrow();
    assertThat(end.type()).isEqualTo(CacheEvent.Type.DELETED);
    assertThat(end.entry().revision()).isEqualTo(deleted);
    assertThat(events.get(4).seenBy(CachesTest::any).orElseThrow().entry()).isSameAs(end.entry());
  }

  @Test
  void aNewProcessStillKnowsTheLatestChanges() {
    long first = putPod("a", "web", 0);
    long second = putPod("a", "db", first);
    long third = ((Committed) store.delete(key("a"), second)).revision();
    putPod("b", "web", 0);
    reopen();
    assertThat(names(list(pods().snapshot(), CachesTest::any))).containsExactly("b");
    try (WatchCursor cursor = pods().watch(second, ALL, () -> {})) {
      assertThat(cursor.poll(1))
          .singleElement()
          .extracting(event -> event.revision())
          .isEqualTo(third);
    }
  }

  @Test
  void aRevisionFromBeforeACompactionIsExpired() {
    long first = putPod("a", "web", 0);
    long second = putPod("a", "db", first);
    long third = putPod("b", "db", 0);
    store.compact(third);
    reopen();
    assertThat(names(list(pods().snapshot(), CachesTest::any))).containsExactly("a", "b");
    assertThatThrownBy(() -> pods().watch(second, ALL, () -> {}))
        .hasMessage("too old resource version: %d (%d)".formatted(second, third));
  }

  @Test
  void awaitingARevisionThatDoesNotComeEnds() {
    assertThat(caches.awaitRevision(store.revision() + 1, Duration.ofMillis(20))).isFalse();
  }

  @Test
  void whatIsNoJsonIsRefusedWithAWord() {
    put("/registry/pods/default/a", "k8s\0\n\tv1", 0);
    assertThatThrownBy(() -> Caches.open(store, _ -> Map.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("/registry/pods/default/a in the store is no JSON")
        .hasMessageContaining("--storage-media-type=application/json");
  }

  @Test
  void manyWatchersSeeTheSameHistory() throws Exception {
    int writes = 500;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Long>>> watchers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        watchers.add(threads.submit(() -> follow(1, 1 + writes)));
      }
      List<Future<?>> writers = new ArrayList<>();
      for (int w = 0; w < 10; w++) {
        String name = "pod-" + w;
        writers.add(
            threads.submit(
                () -> {
                  long last = 0;
                  for (int i = 0; i < writes / 10; i++) {
                    last = putPod(name, "web", last);
                  }
                }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
      List<Long> all = LongStream.rangeClosed(2, 1 + writes).boxed().toList();
      for (Future<List<Long>> watcher : watchers) {
        assertThat(watcher.get()).containsExactlyElementsOf(all);
      }
    }
  }

  private List<Long> follow(long from, long to) {
    var woken = new Semaphore(0);
    List<Long> seen = new ArrayList<>();
    try (WatchCursor cursor = caches.of(PODS).watch(from, ALL, woken::release)) {
      while (cursor.revision() < to || seen.size() < to - from) {
        List<CacheEvent> events = cursor.poll(7);
        events.forEach(event -> seen.add(event.revision()));
        if (events.isEmpty() && seen.size() < to - from) {
          woken.acquireUninterruptibly();
        }
      }
    }
    return seen;
  }
}
