package dev.navarch.apiserver.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A sleeping watcher is woken for what he wants and for nothing else, and loses nothing by it.
class WatchCursorTest {
  private static final int MOST = 10;
  private final Progress progress = new Progress();
  private final ResourceCache pods =
      new ResourceCache(new SelectableFields(Map.of()), progress, 1, MOST, 1 << 20);
  private final List<String> woken = new ArrayList<>();
  private long revision = 1;

  private WatchCursor watch(String name, Interest interest) {
    WatchCursor cursor = pods.watch(revision, interest, () -> woken.add(name));
    assertThat(cursor.poll(100)).isEmpty();
    return cursor;
  }

  private void put(String key, String label) {
    revision++;
    String json = "{\"metadata\":{\"labels\":{\"app\":\"%s\"}}}".formatted(label);
    pods.apply(
        new Store.Event.Put(
            new Store.KeyValue(
                "/registry/pods/" + key, json.getBytes(UTF_8), revision, revision, 0),
            null));
    progress.reach(revision);
    pods.wakeWatchers();
  }

  private static List<String> keys(WatchCursor cursor) {
    return cursor.poll(100).stream().map(CacheEvent::key).toList();
  }

  @Test
  void onlyThoseOfTheNamespaceAndTheObjectAreWoken() {
    watch("all", Interest.in("/registry/pods/"));
    watch("a", Interest.in("/registry/pods/a/"));
    watch("b", Interest.in("/registry/pods/b/"));
    watch("one", Interest.in("/registry/pods/a/x"));
    watch("other", Interest.in("/registry/pods/a/xy"));
    put("a/x", "web");
    assertThat(woken).containsExactly("all", "a", "one");
  }

  @Test
  void whoSelectsIsWokenOnlyForThat() {
    Interest web =
        new Interest(
            "/registry/pods/",
            change -> change.seenBy(e -> "web".equals(e.labels().get("app"))).isPresent());
    WatchCursor cursor = watch("web", web);
    put("a/x", "db");
    assertThat(woken).isEmpty();
    put("a/y", "web");
    assertThat(woken).containsExactly("web");
    assertThat(keys(cursor)).containsExactly("/registry/pods/a/y");
    put("a/x", "web");
    assertThat(keys(cursor)).containsExactly("/registry/pods/a/x");
  }

  @Test
  void whatPassesInHisSleepNeverExpiresHim() {
    WatchCursor woken = watch("a", Interest.in("/registry/pods/a/"));
    WatchCursor byHimself = watch("b", Interest.in("/registry/pods/b/"));
    for (int i = 0; i < 5 * MOST; i++) {
      put("c/x", "web");
    }
    put("a/x", "web");
    assertThat(keys(woken)).containsExactly("/registry/pods/a/x");
    assertThat(keys(byHimself)).isEmpty();
    assertThat(byHimself.revision()).isEqualTo(revision);
    put("b/x", "web");
    assertThat(keys(byHimself)).contains("/registry/pods/b/x");
  }

  @Test
  void whoIsTooSlowIsTold() {
    WatchCursor cursor = watch("a", Interest.in("/registry/pods/a/"));
    for (int i = 0; i < 5 * MOST; i++) {
      put("a/x", "web");
    }
    assertThatThrownBy(() -> cursor.poll(100)).hasMessageStartingWith("too old resource version");
  }

  @Test
  void aRestartWakesAndExpiresAll() {
    WatchCursor cursor = watch("a", Interest.in("/registry/pods/a/"));
    pods.restart(List.of(), 50);
    assertThat(woken).containsExactly("a");
    assertThatThrownBy(() -> cursor.poll(100)).hasMessageStartingWith("too old resource version");
  }
}
