package dev.navarch.apiserver.cache;

import dev.navarch.api.ApiException;
import dev.navarch.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/// All objects of one resource in memory, as wire bytes, and its latest changes. Kept up by one
/// thread ({@link Caches}); read by everyone without locks.
public final class ResourceCache {
  private static final int MOST_EVENTS = 10_000;
  private static final long MOST_BYTES = 16L << 20;
  private static final int MOST_KEPT = 16;

  private volatile SelectableFields selectable;
  private final Progress progress;
  private final int mostEvents;
  private final long mostBytes;
  private final Watchers watchers = new Watchers();
  private final ConcurrentSkipListMap<Long, Snapshot> kept = new ConcurrentSkipListMap<>();
  private volatile EventRing ring;
  private volatile State state;

  /// @param last the revision of the last change that is in
  private record State(SortedEntries entries, long last) {}

  ResourceCache(SelectableFields selectable, Progress progress, long since) {
    this(selectable, progress, since, MOST_EVENTS, MOST_BYTES);
  }

  ResourceCache(
      SelectableFields selectable, Progress progress, long since, int mostEvents, long mostBytes) {
    this.selectable = selectable;
    this.progress = progress;
    this.mostEvents = mostEvents;
    this.mostBytes = mostBytes;
    this.ring = new EventRing(since, mostEvents, mostBytes);
    this.state = new State(SortedEntries.EMPTY, since);
  }

  /// Every change up to here is in.
  public long revision() {
    return Math.max(progress.reached(), state.last);
  }

  /// The revision of the last change of an object here: what an informer has reached that shows as
  /// much as this.
  public long lastChange() {
    return state.last;
  }

  /// Waits until every change up to a revision is in: for reads that must not be older. A read that
  /// must be the newest waits for `store.revision()`.
  ///
  /// @return false when time is up
  public boolean awaitRevision(long revision, Duration timeout) {
    return progress.await(revision, timeout);
  }

  public Optional<CacheEntry> get(String key) {
    return state.entries.get(key);
  }

  /// How many objects there are.
  int size() {
    return state.entries.size();
  }

  /// All objects as they are now.
  public Snapshot snapshot() {
    long reached = progress.reached();
    State now = state;
    return new Snapshot(now.entries, now.last, Math.max(reached, now.last));
  }

  /// Keeps a state for the pages of a list that are still to come, until a few others have.
  public void keep(Snapshot snapshot) {
    kept.put(snapshot.revision(), snapshot);
    while (kept.size() > MOST_KEPT) {
      kept.pollFirstEntry();
    }
  }

  /// All objects as they were at a revision, if they have not changed since, or that state was
  /// kept; else the store may still have it.
  public Optional<Snapshot> at(long revision) {
    Snapshot now = snapshot();
    if (now.shows(revision)) {
      return Optional.of(now);
    }
    Map.Entry<Long, Snapshot> next = kept.ceilingEntry(revision);
    return next != null && next.getValue().shows(revision)
        ? Optional.of(next.getValue())
        : Optional.empty();
  }

  /// Forgets the states that were kept up to a revision: the store no longer has it either.
  void compacted(long revision) {
    kept.headMap(revision, true).clear();
  }

  /// Follows the changes after a revision. Whoever wants the objects too takes a {@link #snapshot}
  /// first, and watches from its revision.
  ///
  /// @param wake called, on the cache's own thread, when there is something to poll again: it must
  ///   only hand on the news
  /// @throws ApiException `Expired` when some of the changes are no longer here
  public WatchCursor watch(long revision, Interest interest, Runnable wake) {
    var cursor = new WatchCursor(this, ring, progress, revision, interest, wake);
    watchers.add(cursor);
    return cursor;
  }

  /// How many watch.
  public int watchers() {
    return watchers.count();
  }

  int watchers(String scope) {
    return watchers.count(scope);
  }

  void forget(WatchCursor cursor) {
    watchers.remove(cursor);
  }

  /// An object as it was stored at some time: for reads of history.
  public CacheEntry entry(Store.KeyValue stored) {
    return CacheEntry.of(stored.key(), stored.modRevision(), stored.value(), selectable);
  }

  /// Replaces everything: what changed in between is not known, so every watch expires.
  synchronized void restart(List<CacheEntry> sorted, long revision) {
    state = new State(SortedEntries.of(sorted), revision);
    EventRing lost = ring;
    ring = new EventRing(revision, mostEvents, mostBytes);
    lost.end();
    watchers.wakeAll();
  }

  /// Shows every object in another way from now on, and ends the watches of the old one.
  synchronized void reshape(SelectableFields other) {
    selectable = other;
    List<CacheEntry> entries = new ArrayList<>();
    Iterator<CacheEntry> all = state.entries.range("", "\uffff");
    all.forEachRemaining(entry -> entries.add(entry.as(other)));
    state = new State(SortedEntries.of(entries), state.last);
    kept.clear();
    watchers.endAll();
  }

  /// Forgets everything: the resource is no longer served.
  synchronized void retire() {
    selectable = new SelectableFields(Map.of());
    kept.clear();
    restart(List.of(), progress.reached());
    watchers.endAll();
  }

  /// Takes a change; one that it has already, it passes over.
  synchronized void apply(Store.Event event) {
    State old = state;
    CacheEntry before = old.entries.get(event.key()).orElse(null);
    if (event.revision() < old.last || (event.revision() == old.last && isIn(event, before))) {
      return;
    }
    CacheEntry after =
        switch (event) {
          case Store.Event.Put put -> entry(put.now());
          case Store.Event.Delete _ -> null;
        };
    state = new State(changed(old.entries, event.key(), after), event.revision());
    ring.append(new CacheEvent(before, after, event.revision()));
    if (before != null) {
      before.pass();
    }
  }

  /// Keys that went by themselves together share a revision.
  private static boolean isIn(Store.Event event, @Nullable CacheEntry before) {
    return switch (event) {
      case Store.Event.Put put -> before != null && before.revision() == put.revision();
      case Store.Event.Delete _ -> before == null;
    };
  }

  private static SortedEntries changed(
      SortedEntries entries, String key, @Nullable CacheEntry after) {
    return after == null ? entries.without(key) : entries.with(after);
  }

  /// Wakes those whom the changes since the last time concern; all, if some of these are gone.
  void wakeWatchers() {
    if (ring.announced() < ring.head()) {
      watchers.wakeAll();
    } else {
      for (long at = ring.announced(); at < ring.tail(); at++) {
        watchers.tell(ring.at(at), at);
      }
    }
    ring.announce();
  }
}
