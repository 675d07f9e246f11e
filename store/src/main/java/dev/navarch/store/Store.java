package dev.navarch.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A revisioned key-value store over opaque bytes. Every change gets the next revision: global,
/// gap-free, never reused; keys that go by themselves at the same moment may share one. A write is
/// durable before its call returns. Calls block, no longer than the caller's {@link Patience}; run
/// them on virtual threads.
///
/// Keys are UTF-8 strings in byte order, as `/registry/pods/default/web-0`.
public interface Store extends AutoCloseable {

  /// The revision of the last committed change; 1 in a fresh store.
  long revision();

  /// The revision of the last change in a family of keys, or a later one: what a copy of the family
  /// must have reached to show everything that was committed.
  ///
  /// @param family what its keys begin with, at least two parts, as `/registry/pods/`
  default long revision(String family) {
    return revision();
  }

  /// What was before this revision is gone; 0 when nothing was compacted.
  long compactedRevision();

  /// The newest value of a key.
  Optional<KeyValue> get(String key);

  /// Keys from `from` (inclusive) to `to` (exclusive) in order, as they were at `revision`. A key
  /// followed by `\0` is the bound right after that key.
  ///
  /// @param revision 0 for the newest
  /// @param limit at most this many keys; 0 for all
  /// @throws CompactedException when `revision` is compacted
  /// @throws FutureRevisionException when `revision` is yet to come
  Page range(String from, String to, long revision, int limit);

  /// How many keys there are now between `from` and `to`.
  long count(String from, String to);

  /// Sets a key if nobody changed it since `expected`.
  ///
  /// @param expected the modRevision that the caller saw; 0 when the key must not exist
  /// @param ttl the key goes by itself after this time (rounded up to seconds); null for never
  Outcome put(String key, byte[] value, long expected, @Nullable Duration ttl);

  /// Removes a key if nobody changed it since `expected`. The delete event carries the last value.
  Outcome delete(String key, long expected);

  /// Every change to keys that start with `prefix`, after `revision`, in order, each exactly once.
  ///
  /// @throws CompactedException when changes after `revision` are no longer all there
  Watch watch(String prefix, long revision, Listener listener);

  /// Forgets what was before `revision`: the state at it can still be read, and changes after it
  /// watched.
  void compact(long revision);

  /// Forgets history as {@link #compact} does, unless another server over the same store has done
  /// so since this one's last turn: for whoever compacts at a steady pace.
  default void compactInTurn(long revision) {
    compact(revision);
  }

  /// When a key that was read goes by itself; empty for never.
  Optional<Instant> end(KeyValue of);

  /// Bytes that the store takes, about.
  long size();

  @Override
  void close();

  /// A key's value at a revision. Callers must not change `value`.
  ///
  /// @param lease what {@link #end} knows the key's end by; 0 when it stays
  record KeyValue(String key, byte[] value, long createRevision, long modRevision, long lease) {}

  /// Part of a range.
  ///
  /// @param revision the revision that was read
  /// @param more whether keys are left beyond `limit`
  record Page(List<KeyValue> items, long revision, boolean more) {}

  /// What became of a write.
  sealed interface Outcome {
    /// It is durable, under this revision.
    record Committed(long revision) implements Outcome {}

    /// Somebody else was first: nothing was written.
    ///
    /// @param current the key as it is now; null when it does not exist
    record Mismatch(@Nullable KeyValue current) implements Outcome {}
  }

  /// One change.
  sealed interface Event {
    long revision();

    String key();

    /// @param previous the value before; null when the key is new
    record Put(KeyValue now, @Nullable KeyValue previous) implements Event {
      @Override
      public long revision() {
        return now.modRevision();
      }

      @Override
      public String key() {
        return now.key();
      }
    }

    record Delete(KeyValue last, long revision) implements Event {
      @Override
      public String key() {
        return last.key();
      }
    }
  }

  /// Receives a watch's events on one thread at a time. It must not block for long.
  interface Listener {
    /// Changes in order of revision.
    void changed(List<Event> events);

    /// All changes up to `revision` have been delivered, also when none of them was ours.
    void progress(long revision);

    /// The watch ended by itself; null when it was closed.
    void ended(@Nullable RuntimeException why);
  }

  /// A running watch.
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /// History before `compacted` is gone.
  final class CompactedException extends RuntimeException {
    public CompactedException(long asked, long compacted) {
      super("revision %d was compacted; the oldest kept is %d".formatted(asked, compacted));
    }
  }

  /// The store has not reached the asked revision.
  final class FutureRevisionException extends RuntimeException {
    public FutureRevisionException(long asked, long current) {
      super("revision %d is yet to come; the newest is %d".formatted(asked, current));
    }
  }

  /// Nothing was answered within the caller's {@link Patience}.
  final class LateException extends RuntimeException {
    private final boolean open;

    /// @param open whether a write may yet take effect: watches will tell
    public LateException(boolean open) {
      super(
          "the store did not answer in time"
              + (open ? "; whether this was written is not known" : "; nothing was changed"));
      this.open = open;
    }

    public boolean isOpen() {
      return open;
    }
  }

  /// The store takes no writes, and says why and what to do.
  final class UnavailableException extends RuntimeException {
    public UnavailableException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
