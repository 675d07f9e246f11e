package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.cache.CacheEvent;
import dev.navarch.apiserver.cache.ResourceCache;
import dev.navarch.apiserver.cache.Snapshot;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.apiserver.cache.WatchCursor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// One watch of a collection, told to a {@link Sink}: first what is there, if the client wants it,
/// then every change, each exactly once and in order. It runs on the caller's virtual thread, which
/// sleeps while nothing happens.
final class Watching {
  private static final int BATCH = 200;
  private static final Duration BOOKMARKS = Duration.ofSeconds(60);

  private final Reader reader;
  private final Target target;
  private final ReadOptions options;
  private final Sink sink;
  private final Semaphore news = new Semaphore(0);
  private final Predicate<CacheEntry> wanted;

  /// Where a watch's events go; none of the calls may come after {@link #isOpen} says no.
  interface Sink {
    boolean isOpen();

    void event(CacheEvent.Type type, CacheEntry entry);

    /// @param initial whether it ends what was there when the watch began
    void bookmark(long revision, boolean initial);

    /// Everything up to here was told; nothing more comes for now.
    void pause(long revision);

    /// The watch cannot go on.
    void failed(ApiException why);
  }

  Watching(Reader reader, Target at, ReadOptions options, Sink sink) {
    this.reader = reader;
    this.target = at.as(reader.version(at.kind()).stored());
    this.options = options.checkedForWatch();
    this.sink = sink;
    Selection selection = reader.selection(at, options);
    String prefix = target.prefix();
    Predicate<CacheEntry> here =
        selection
            .onlyKey(target)
            .<Predicate<CacheEntry>>map(key -> entry -> entry.key().equals(key))
            .orElse(entry -> entry.key().startsWith(prefix));
    this.wanted = here.and(selection::matches);
  }

  /// Wakes the watch to look whether its sink is still open.
  void wake() {
    news.release();
  }

  /// Runs until time is up, the sink closes, or the watch fails.
  void run(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    try {
      long from = begin();
      try (WatchCursor cursor = reader.cache(target).watch(from, this::wake)) {
        follow(cursor, end);
      }
    } catch (ApiException e) {
      sink.failed(e);
    }
  }

  /// Tells what is there when the client wants that; returns the revision to go on from.
  private long begin() {
    String asked = options.resourceVersion();
    boolean initial = options.initialEvents().orElse(asked.isEmpty() || asked.equals("0"));
    if (!initial && !asked.isEmpty() && !asked.equals("0")) {
      return options.revision();
    }
    reader.await(asked);
    ResourceCache cache = reader.cache(target);
    Snapshot snapshot = cache.snapshot();
    if (initial) {
      String prefix = target.prefix();
      snapshot
          .list(prefix, StorageKeys.end(prefix), wanted, 0)
          .forEachRemaining(entry -> sink.event(CacheEvent.Type.ADDED, entry));
      if (options.initialEvents().orElse(false)) {
        sink.bookmark(snapshot.revision(), true);
      }
    }
    return snapshot.revision();
  }

  private void follow(WatchCursor cursor, long end) {
    long bookmark = System.nanoTime() + BOOKMARKS.toNanos();
    while (sink.isOpen() && System.nanoTime() < end) {
      List<CacheEvent> events = cursor.poll(BATCH);
      for (CacheEvent event : events) {
        event.seenBy(wanted).ifPresent(seen -> sink.event(seen.type(), seen.entry()));
      }
      if (!events.isEmpty()) {
        continue;
      }
      if (options.bookmarks() && System.nanoTime() >= bookmark) {
        sink.bookmark(cursor.revision(), false);
        bookmark = System.nanoTime() + BOOKMARKS.toNanos();
      }
      sink.pause(cursor.revision());
      sleep((options.bookmarks() ? Math.min(end, bookmark) : end) - System.nanoTime());
    }
    if (options.bookmarks() && sink.isOpen()) {
      sink.bookmark(cursor.revision(), false);
    }
  }

  private void sleep(long nanos) {
    try {
      if (news.tryAcquire(Math.max(0, nanos), TimeUnit.NANOSECONDS)) {
        news.drainPermits();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiException(new ApiError.Unavailable("the server is shutting down"));
    }
  }
}
