package dev.navarch.store;

import dev.navarch.store.Store.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One watch: a bounded queue that the committer fills, and turns that first replay history and
/// then empty the queue into the listener; nothing runs while there is nothing to tell. A listener
/// that falls behind by more than the bound loses its watch; it never holds up a write.
final class Watcher implements Store.Watch {
  private final String prefix;
  private final long after;
  private final Store.Listener listener;
  private final int bound;
  private final Turns turns;
  private final History history;
  private final ReentrantLock lock = new ReentrantLock();
  private List<Event> waiting = new ArrayList<>();
  private long upTo;
  private boolean telling = true;
  private boolean over;
  private @Nullable RuntimeException failure;

  /// What {@link History} has to tell before what is offered; one turn at a time uses these.
  private long start;

  private boolean replayed;
  private long told;

  Watcher(
      String prefix, long after, Store.Listener listener, int bound, Turns turns, History history) {
    this.prefix = prefix;
    this.after = after;
    this.listener = listener;
    this.bound = bound;
    this.turns = turns;
    this.history = history;
    this.told = after;
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
      tell();
    } finally {
      lock.unlock();
    }
  }

  /// Delivers until the end: history up to `start`, then what was offered since.
  void start(long from) {
    start = from;
    turns.watch(this::turn);
  }

  /// Sees to it that somebody tells; call it with the lock.
  private void tell() {
    if (!telling) {
      telling = true;
      turns.watch(this::turn);
    }
  }

  private void turn() {
    try {
      if (!replayed && !isOver()) {
        replay();
        turns.watch(this::turn);
        return;
      }
      while (deliver()) {}
    } catch (RuntimeException e) {
      stop(e);
      listener.ended(failure());
    }
  }

  private void replay() {
    if (told < start) {
      History.Part part = history.read(prefix, told, start);
      if (!part.events().isEmpty()) {
        listener.changed(part.events());
      }
      told = part.reached();
    }
    replayed = told >= start;
    if (replayed && start >= after && !isOver()) {
      listener.progress(start);
    }
  }

  /// Tells what was offered; false when there is no more for now.
  private boolean deliver() {
    List<Event> taken;
    lock.lock();
    try {
      if (over) {
        taken = List.of();
      } else if (waiting.isEmpty() && upTo <= told) {
        telling = false;
        return false;
      } else {
        taken = waiting;
        waiting = new ArrayList<>();
        told = upTo;
      }
    } finally {
      lock.unlock();
    }
    if (isOver()) {
      listener.ended(failure());
      return false;
    }
    if (!taken.isEmpty()) {
      listener.changed(List.copyOf(taken));
    }
    listener.progress(told);
    return true;
  }

  private boolean isOver() {
    lock.lock();
    try {
      return over;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable RuntimeException failure() {
    lock.lock();
    try {
      return failure;
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
      tell();
    }
  }

  @Override
  public void close() {
    stop(null);
  }
}
