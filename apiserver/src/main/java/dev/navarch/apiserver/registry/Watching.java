package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.cache.CacheEvent;
import dev.navarch.apiserver.cache.Interest;
import dev.navarch.apiserver.cache.ResourceCache;
import dev.navarch.apiserver.cache.Snapshot;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.apiserver.cache.WatchCursor;
import dev.navarch.http.Exchange;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One watch of a collection, told to a {@link Sink}: first what is there, if the client wants it,
/// then every change, each exactly once and in order. While nothing happens it has no thread: news,
/// its clock or its sink's end start one, which ends when all is told.
final class Watching {
  private static final Logger LOG = LoggerFactory.getLogger(Watching.class);
  private static final int BATCH = 200;
  private static final int CROWD = 50;
  private static final long REST_EACH = Duration.ofMillis(1).toNanos() / 50;
  private static final long LONGEST_REST = Duration.ofMillis(20).toNanos();
  private static final long BOOKMARKS = Duration.ofSeconds(60).toNanos();

  private final Reader reader;
  private final Target target;
  private final ReadOptions options;
  private final Sink sink;
  private final Predicate<CacheEntry> wanted;
  private final String scope;
  private final AtomicReference<State> state = new AtomicReference<>(State.TELLING);
  private @Nullable WatchCursor cursor;
  private @Nullable Future<?> alarm;
  private boolean told;
  private long end;
  private long bookmark;

  /// Where a watch's events go, one call at a time; none but {@link #ended} comes after {@link
  /// #isOpen} says no.
  interface Sink {
    boolean isOpen();

    void event(CacheEvent.Type type, CacheEntry entry);

    /// @param initial whether it ends what was there when the watch began
    void bookmark(long revision, boolean initial);

    /// Everything up to here was told; nothing more comes for now.
    void pause(long revision);

    /// The watch cannot go on.
    void failed(ApiException why);

    /// The last call.
    void ended();

    /// Whether {@link #pause} shall also come for changes that the selector leaves out.
    boolean wantsProgress();
  }

  private enum State {
    TELLING,
    /// News came while a thread was telling.
    TELLING_MORE,
    /// What comes now is told a moment later, together.
    RESTING,
    RESTING_MORE,
    ASLEEP,
    ENDED
  }

  Watching(Reader reader, Target at, ReadOptions options, Sink sink) {
    this.reader = reader;
    this.target = at.as(reader.version(at.kind()).stored());
    this.options = options.checkedForWatch();
    this.sink = sink;
    Selection selection = reader.selection(at, options);
    this.scope = selection.onlyKey(target).orElseGet(target::prefix);
    Predicate<CacheEntry> here = entry -> entry.key().startsWith(scope);
    Predicate<CacheEntry> one = entry -> entry.key().equals(scope);
    Predicate<CacheEntry> place = scope.endsWith("/") ? here : one;
    this.wanted = selection.isEverything() ? place : place.and(selection::matches);
  }

  /// Begins on the caller's thread, and returns when all there is for now is told.
  void start(Duration limit) {
    end = System.nanoTime() + limit.toNanos();
    bookmark = System.nanoTime() + BOOKMARKS;
    tell();
  }

  /// There may be something to tell, or the sink may have closed.
  void wake() {
    State before =
        state.getAndUpdate(
            now ->
                switch (now) {
                  case TELLING, TELLING_MORE -> State.TELLING_MORE;
                  case RESTING, RESTING_MORE -> State.RESTING_MORE;
                  case ASLEEP -> State.TELLING;
                  case ENDED -> State.ENDED;
                });
    if (before == State.ASLEEP) {
      Thread.ofVirtual().name("watch").start(this::tell);
    }
  }

  private void rested() {
    if (!state.compareAndSet(State.RESTING, State.ASLEEP)) {
      state.set(State.TELLING);
      Thread.ofVirtual().name("watch").start(this::tell);
    }
  }

  private void tell() {
    while (round()) {
      long rest = rest();
      if (rest > 0) {
        state.updateAndGet(now -> now == State.TELLING ? State.RESTING : State.RESTING_MORE);
        ForkJoinPool.commonPool().schedule(this::rested, rest, TimeUnit.NANOSECONDS);
        return;
      }
      if (state.compareAndSet(State.TELLING, State.ASLEEP)) {
        return;
      }
      state.set(State.TELLING);
    }
    state.set(State.ENDED);
    finish();
  }

  /// The more watch the same, the more changes go into one message, so that each of them costs
  /// little: up to 20 ms of them. What comes after silence is told at once.
  private long rest() {
    if (!told || cursor == null || sink.wantsProgress()) {
      return 0;
    }
    int fellows = cursor.fellows();
    return fellows < CROWD ? 0 : Math.min(LONGEST_REST, fellows * REST_EACH);
  }

  /// Tells what there is; false when the watch is over.
  private boolean round() {
    try {
      WatchCursor place = cursor;
      if (place == null) {
        place = reader.cache(target).watch(begin(), interest(), this::wake);
        cursor = place;
      }
      return follow(place);
    } catch (Exchange.ClosedException gone) {
      return false;
    } catch (ApiException e) {
      fail(e);
    } catch (RuntimeException e) {
      LOG.atWarn().setCause(e).addKeyValue("scope", scope).log("watch broken off");
      fail(new ApiException(new ApiError.Internal("the watch failed: " + e)));
    }
    return false;
  }

  private void fail(ApiException why) {
    try {
      sink.failed(why);
    } catch (Exchange.ClosedException gone) {
      // nobody is left to be told
    }
  }

  private Interest interest() {
    return scope.endsWith("/") && !sink.wantsProgress()
        ? new Interest(scope, change -> change.seenBy(wanted).isPresent())
        : Interest.in(scope);
  }

  private void finish() {
    if (alarm != null) {
      alarm.cancel(false);
    }
    if (cursor != null) {
      cursor.close();
    }
    sink.ended();
  }

  /// Tells what is there when the client wants that; returns the revision to go on from.
  private long begin() {
    String asked = options.resourceVersion();
    boolean initial = options.initialEvents().orElse(asked.isEmpty() || asked.equals("0"));
    if (!initial && !asked.isEmpty() && !asked.equals("0")) {
      return options.revision();
    }
    reader.await(target, asked);
    ResourceCache cache = reader.cache(target);
    Snapshot snapshot = cache.snapshot();
    if (initial) {
      String prefix = target.prefix();
      snapshot
          .list(prefix, StorageKeys.end(prefix), wanted, 0)
          .forEachRemaining(entry -> sink.event(CacheEvent.Type.ADDED, entry));
      if (options.bookmarks() && options.initialEvents().orElse(false)) {
        sink.bookmark(snapshot.revision(), true);
      }
    }
    return snapshot.revision();
  }

  private boolean follow(WatchCursor place) {
    List<CacheEvent> events = List.of();
    told = false;
    do {
      if (!sink.isOpen() || place.isEnded()) {
        return false;
      }
      for (CacheEvent event : events) {
        event.seenBy(wanted).ifPresent(seen -> sink.event(seen.type(), seen.entry()));
      }
      events = place.poll(BATCH);
      told |= !events.isEmpty();
    } while (!events.isEmpty());
    long now = System.nanoTime();
    boolean over = now >= end;
    if (options.bookmarks() && (over || now >= bookmark)) {
      sink.bookmark(place.revision(), false);
      bookmark = now + BOOKMARKS;
      alarm = null;
    }
    if (!over) {
      sink.pause(place.revision());
      setAlarm(now);
    }
    return !over;
  }

  private void setAlarm(long now) {
    if (alarm == null || alarm.isDone()) {
      long due = options.bookmarks() ? Math.min(end, bookmark) : end;
      alarm = ForkJoinPool.commonPool().schedule(this::wake, due - now, TimeUnit.NANOSECONDS);
    }
  }
}
