package dev.navarch.apiserver.cache;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// One watcher's place among the changes of a resource: no thread, no queue, no copies. He polls
/// when his callback wakes him, and until a poll comes back empty. One thread at a time may poll.
public final class WatchCursor implements AutoCloseable {
  private final ResourceCache cache;
  private final EventRing ring;
  private final Progress progress;
  private final Runnable wake;
  private final long after;
  private final AtomicBoolean asleep = new AtomicBoolean();
  private long position;
  private volatile long revision;

  WatchCursor(ResourceCache cache, EventRing ring, Progress progress, long after, Runnable wake) {
    this.cache = cache;
    this.ring = ring;
    this.progress = progress;
    this.after = after;
    this.wake = wake;
    this.position = ring.position(after);
    this.revision = after;
  }

  /// The next changes, of all objects, in order. When there are none, the wake-up callback will be
  /// called once there are.
  ///
  /// @throws dev.navarch.api.ApiException `Expired` when the watcher was too slow: he has to list
  ///   again
  public List<CacheEvent> poll(int most) {
    asleep.set(true);
    long reached = progress.reached();
    List<CacheEvent> events = ring.read(position, most, revision);
    position += events.size();
    if (events.size() < most) {
      revision = Math.max(revision, reached);
    }
    if (events.isEmpty()) {
      return events;
    }
    asleep.set(false);
    revision = Math.max(revision, events.getLast().revision());
    if (events.getFirst().revision() > after) {
      return events;
    }
    List<CacheEvent> wanted = events.stream().filter(e -> e.revision() > after).toList();
    return wanted.isEmpty() ? poll(most) : wanted;
  }

  /// Every change up to here was polled: what a bookmark says.
  public long revision() {
    return revision;
  }

  /// Called by the cache's thread when there is something to poll.
  void wake() {
    if (asleep.compareAndSet(true, false)) {
      wake.run();
    }
  }

  @Override
  public void close() {
    cache.forget(this);
  }
}
