package dev.navarch.store;

import dev.navarch.store.Store.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One watch: a bounded queue that the committer fills, and a virtual thread that first replays
/// history and then empties the queue into the listener. A listener that falls behind by more than
/// the bound loses its watch; it never holds up a write.
final class Watcher implements Store.Watch {
  private final String prefix;
  private final long after;
  private final Store.Listener listener;
  private final int bound;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private List<Event> waiting = new ArrayList<>();
  private long upTo;
  private boolean over;
  private @Nullable RuntimeException failure;

  Watcher(String prefix, long after, Store.Listener listener, int bound) {
    this.prefix = prefix;
    this.after = after;
    this.listener = listener;
    this.bound = bound;
  }

  /// Where the changes of the past come from.
  interface History {
    /// The next changes in (`after`, `upTo`], and how far they reach.
    Part read(String prefix, long after, long upTo);

    record Part(List<Event> events, long reached) {}
  }

  /// Takes a batch of changes from the committer.
  void offer(List<Event> events, long revision) {
    List<Event> ours =
        events.stream().filter(e -> e.revision() > after && e.key().startsWith(prefix)).toList();
    lock.lock();
    try {
      if (over) {
        return;
      }
      if (waiting.size() + ours.size() > bound) {
        end(
            new IllegalStateException(
                "the watch of %s fell behind by more than %d changes at revision %d"
                    .formatted(prefix, bound, revision)));
        return;
      }
      waiting.addAll(ours);
      upTo = revision;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /// Delivers until the end: history up to `start`, then what was offered since.
  void run(History history, long start) {
    try {
      replay(history, start);
      List<Event> events = new ArrayList<>();
      long delivered = start;
      while (true) {
        lock.lock();
        try {
          while (!over && waiting.isEmpty() && upTo <= delivered) {
            changed.awaitUninterruptibly();
          }
          if (over) {
            break;
          }
          List<Event> taken = waiting;
          waiting = events;
          events = taken;
          delivered = upTo;
        } finally {
          lock.unlock();
        }
        if (!events.isEmpty()) {
          listener.changed(List.copyOf(events));
          events.clear();
        }
        listener.progress(delivered);
      }
    } catch (RuntimeException e) {
      stop(e);
    }
    listener.ended(failure);
  }

  private void replay(History history, long start) {
    long reached = after;
    while (reached < start && !isOver()) {
      History.Part part = history.read(prefix, reached, start);
      if (!part.events().isEmpty()) {
        listener.changed(part.events());
      }
      reached = part.reached();
    }
    if (!isOver() && start >= after) {
      listener.progress(start);
    }
  }

  private boolean isOver() {
    lock.lock();
    try {
      return over;
    } finally {
      lock.unlock();
    }
  }

  /// Ends the watch for this reason; null when its owner wants it so.
  void stop(@Nullable RuntimeException why) {
    lock.lock();
    try {
      end(why);
    } finally {
      lock.unlock();
    }
  }

  boolean hasEnded() {
    return isOver();
  }

  private void end(@Nullable RuntimeException why) {
    if (!over) {
      over = true;
      failure = why;
      waiting = List.of();
      changed.signal();
    }
  }

  @Override
  public void close() {
    stop(null);
  }
}
