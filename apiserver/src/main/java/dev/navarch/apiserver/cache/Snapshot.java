package dev.navarch.apiserver.cache;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// All objects of a resource exactly as they were at one revision. Costs nothing to take or to keep
/// for a while: states share what they have in common.
public final class Snapshot {
  private final SortedEntries entries;
  private final long since;
  private final long revision;

  /// @param since the revision of the last change that is in
  Snapshot(SortedEntries entries, long since, long revision) {
    this.entries = entries;
    this.since = since;
    this.revision = revision;
  }

  /// Every change up to here is in, and none after.
  public long revision() {
    return revision;
  }

  /// Whether the objects were just the same at this revision.
  boolean shows(long other) {
    return since <= other && other <= revision;
  }

  /// Whether nothing changed between this state and the other.
  public boolean sameObjects(Snapshot other) {
    return entries == other.entries;
  }

  public Optional<CacheEntry> get(String key) {
    return entries.get(key);
  }

  /// How many objects there are from `from` (inclusive) to `to` (exclusive), whatever they are.
  public int count(String from, String to) {
    return entries.count(from, to);
  }

  /// Walks over the objects from `from` (inclusive) to `to` (exclusive) that match, in key order.
  ///
  /// @param from {@link StorageKeys#prefix}, or {@link StorageKeys#after} of the last key seen
  /// @param limit at most this many; 0 for all
  public Listing list(String from, String to, Predicate<CacheEntry> selector, int limit) {
    return new Listing(entries.range(from, to), selector, limit);
  }

  /// A walk in progress.
  public static final class Listing implements Iterator<CacheEntry> {
    private final Iterator<CacheEntry> all;
    private final Predicate<CacheEntry> selector;
    private final int limit;
    private @Nullable CacheEntry upcoming;
    private @Nullable CacheEntry last;
    private int taken;

    private Listing(Iterator<CacheEntry> all, Predicate<CacheEntry> selector, int limit) {
      this.all = all;
      this.selector = selector;
      this.limit = limit;
    }

    @Override
    public boolean hasNext() {
      return (limit == 0 || taken < limit) && more();
    }

    @Override
    public CacheEntry next() {
      CacheEntry entry = hasNext() ? upcoming : null;
      if (entry == null) {
        throw new NoSuchElementException();
      }
      upcoming = null;
      last = entry;
      taken++;
      return entry;
    }

    /// Whether any that matches is left, beyond the limit too.
    public boolean more() {
      while (upcoming == null && all.hasNext()) {
        CacheEntry entry = all.next();
        if (selector.test(entry)) {
          upcoming = entry;
        }
      }
      return upcoming != null;
    }

    /// The key of the object that was handed out last: what a continue token holds.
    public Optional<String> lastKey() {
      return Optional.ofNullable(last).map(CacheEntry::key);
    }
  }
}
