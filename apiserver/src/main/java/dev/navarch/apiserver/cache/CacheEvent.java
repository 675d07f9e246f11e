package dev.navarch.apiserver.cache;

import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One change of one object, shared by all who watch. What it means to one of them depends on his
/// selector: an object that comes to match is new to him, one that no longer does is gone.
public final class CacheEvent {
  private final @Nullable CacheEntry before;
  private final @Nullable CacheEntry after;
  private final long revision;
  private volatile @Nullable CacheEntry gone;

  /// @param before null when the object is new
  /// @param after null when it was deleted
  CacheEvent(@Nullable CacheEntry before, @Nullable CacheEntry after, long revision) {
    this.before = before;
    this.after = after;
    this.revision = revision;
  }

  /// How a watch names a change.
  public enum Type {
    ADDED,
    MODIFIED,
    DELETED
  }

  /// A change as one watcher sees it.
  ///
  /// @param entry the object now; its last matching state when it is gone, both under the change's
  ///   revision
  public record Seen(Type type, CacheEntry entry) {}

  public long revision() {
    return revision;
  }

  String key() {
    CacheEntry one = after != null ? after : before;
    return one == null ? "" : one.key();
  }

  /// What the change is to a watcher of the objects that match; empty when it does not concern him.
  public Optional<Seen> seenBy(Predicate<CacheEntry> selector) {
    boolean did = before != null && selector.test(before);
    if (after != null && selector.test(after)) {
      return Optional.of(new Seen(did ? Type.MODIFIED : Type.ADDED, after));
    }
    return did && before != null
        ? Optional.of(new Seen(Type.DELETED, gone(before)))
        : Optional.empty();
  }

  private CacheEntry gone(CacheEntry last) {
    CacheEntry known = gone;
    if (known == null) {
      known = last.at(revision);
      gone = known;
    }
    return known;
  }

  /// What the event keeps in memory beyond the cache itself, about.
  int bytes() {
    return before == null ? 0 : before.json().length;
  }
}
