package dev.navarch.store;

import dev.navarch.store.Layout.Version;
import dev.navarch.store.Store.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What the world may see: the newest revision, how far history is gone, and the watches. A watch
/// joins between two batches, so that it misses none and gets none twice.
final class Feed {
  private final List<Watcher> watchers = new ArrayList<>();
  private final Map<String, Long> families = new ConcurrentHashMap<>();
  private final long opened;
  private volatile long revision;
  private volatile long compacted;

  Feed(long revision, long compacted) {
    this.opened = revision;
    this.revision = revision;
    this.compacted = compacted;
  }

  long revision() {
    return revision;
  }

  /// Of what has not changed since the store was opened nobody knows when it did.
  long revision(String family) {
    return families.getOrDefault(Layout.family(family), opened);
  }

  long compacted() {
    return compacted;
  }

  /// Shows a durable batch.
  synchronized void publish(List<Event> events, long revision, long compacted) {
    this.compacted = compacted;
    events.forEach(event -> families.put(Layout.family(event.key()), event.revision()));
    this.revision = revision;
    if (!events.isEmpty()) {
      watchers.removeIf(Watcher::hasEnded);
      watchers.forEach(watcher -> watcher.offer(events, revision));
    }
  }

  /// Adds a watch; it is offered everything after the returned revision.
  synchronized long join(Watcher watcher) {
    watchers.add(watcher);
    return revision;
  }

  synchronized void leave(Watcher watcher) {
    watchers.remove(watcher);
  }

  synchronized void endAll(RuntimeException why) {
    watchers.forEach(watcher -> watcher.stop(why));
    watchers.clear();
  }

  static Event event(String key, Version now, @Nullable Version previous) {
    if (!now.deleted()) {
      return new Event.Put(now.of(key), previous == null ? null : previous.of(key));
    }
    if (previous == null) {
      throw new IllegalStateException(
          "the log deletes %s at revision %d, where it was not".formatted(key, now.modified()));
    }
    return new Event.Delete(previous.of(key), now.modified());
  }
}
