package dev.navarch.apiserver.cache;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// One watcher's place among the changes of a resource: no thread, no queue, no copies. He polls
/// until a poll comes back empty, and again when his callback wakes him, or when he likes. What
/// went by in his sleep was none of his interest, and is passed over. One thread at a time may
/// poll.
public final class WatchCursor implements AutoCloseable {
  private final ResourceCache cache;
  private final EventRing ring;
  private final Progress progress;
  private final Interest interest;
  private final Runnable wake;
  private final long after;
  private final AtomicBoolean asleep = new AtomicBoolean();
  private boolean slept;
  private long position;
  private volatile long wanted;
  private volatile long revision;
  private volatile boolean ended;

  WatchCursor(
      ResourceCache cache,
      EventRing ring,
      Progress progress,
      long after,
      Interest interest,
      Runnable wake) {
    this.cache = cache;
    this.ring = ring;
    this.progress = progress;
    this.after = after;
    this.interest = interest;
    this.wake = wake;
    this.position = ring.position(after);
    this.revision = after;
  }

  /// The next changes, in order: all those of his interest, and some others. When there are none,
  /// the wake-up callback will be called once there are.
  ///
  /// @throws dev.navarch.api.ApiException `Expired` when the watcher was too slow: he has to list
  ///   again
  public List<CacheEvent> poll(int most) {
    if (slept) {
      slept = false;
      boolean byHimself = asleep.compareAndSet(true, false);
      position = Math.max(position, byHimself ? ring.announced() : wanted);
    }
    asleep.set(true);
    long reached = progress.reached();
    List<CacheEvent> events = ring.read(position, most, revision);
    position += events.size();
    if (events.size() < most) {
      revision = Math.max(revision, reached);
    }
    if (events.isEmpty()) {
      slept = true;
      return events;
    }
    asleep.set(false);
    revision = Math.max(revision, events.getLast().revision());
    if (events.getFirst().revision() > after) {
      return events;
    }
    List<CacheEvent> unseen = events.stream().filter(e -> e.revision() > after).toList();
    return unseen.isEmpty() ? poll(most) : unseen;
  }

  /// Every change up to here was polled: what a bookmark says.
  public long revision() {
    return revision;
  }

  Interest interest() {
    return interest;
  }

  /// How many watch the same, this one too.
  public int fellows() {
    return cache.watchers(interest.scope());
  }

  /// Called by the cache's thread, for each change in the scope.
  void tell(CacheEvent event, long at) {
    if (asleep.get() && interest.change().test(event)) {
      wanted = at;
      wake();
    }
  }

  /// Whether the resource's objects are shown in another way from now on, or not at all: whoever
  /// still wants them watches anew.
  public boolean isEnded() {
    return ended;
  }

  void end() {
    ended = true;
    wake.run();
  }

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
