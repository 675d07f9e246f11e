package dev.navarch.apiserver.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/// An immutable sorted map of entries, in chunks of a few hundred. A change copies one chunk and
/// the row of chunks and shares the rest, so every reader keeps the state that he began with, at
/// four bytes an entry.
final class SortedEntries {
  static final SortedEntries EMPTY = new SortedEntries(new CacheEntry[0][]);
  private static final int MOST = 512;

  private final CacheEntry[][] chunks;

  private SortedEntries(CacheEntry[][] chunks) {
    this.chunks = chunks;
  }

  /// @param sorted by key, each key once
  static SortedEntries of(List<CacheEntry> sorted) {
    List<CacheEntry[]> chunks = new ArrayList<>();
    int step = MOST * 3 / 4;
    for (int from = 0; from < sorted.size(); from += step) {
      int to = Math.min(sorted.size(), from + step);
      chunks.add(sorted.subList(from, to).toArray(CacheEntry[]::new));
    }
    return new SortedEntries(chunks.toArray(CacheEntry[][]::new));
  }

  Optional<CacheEntry> get(String key) {
    if (chunks.length == 0) {
      return Optional.empty();
    }
    CacheEntry[] chunk = chunks[chunkOf(key)];
    int at = find(chunk, key);
    return at < 0 ? Optional.empty() : Optional.of(chunk[at]);
  }

  SortedEntries with(CacheEntry entry) {
    if (chunks.length == 0) {
      return new SortedEntries(new CacheEntry[][] {{entry}});
    }
    int which = chunkOf(entry.key());
    CacheEntry[] chunk = chunks[which];
    int at = find(chunk, entry.key());
    if (at >= 0) {
      CacheEntry[] changed = chunk.clone();
      changed[at] = entry;
      return replace(which, 1, List.<CacheEntry[]>of(changed));
    }
    CacheEntry[] grown = insert(chunk, -at - 1, entry);
    if (grown.length <= MOST) {
      return replace(which, 1, List.<CacheEntry[]>of(grown));
    }
    int half = grown.length / 2;
    return replace(
        which,
        1,
        List.of(Arrays.copyOfRange(grown, 0, half), Arrays.copyOfRange(grown, half, grown.length)));
  }

  SortedEntries without(String key) {
    if (chunks.length == 0) {
      return this;
    }
    int which = chunkOf(key);
    CacheEntry[] chunk = chunks[which];
    int at = find(chunk, key);
    if (at < 0) {
      return this;
    }
    CacheEntry[] rest = Arrays.copyOf(chunk, chunk.length - 1);
    System.arraycopy(chunk, at + 1, rest, at, rest.length - at);
    if (rest.length == 0) {
      return replace(which, 1, List.of());
    }
    if (which + 1 < chunks.length && rest.length + chunks[which + 1].length <= MOST / 2) {
      CacheEntry[] next = chunks[which + 1];
      CacheEntry[] joined = Arrays.copyOf(rest, rest.length + next.length);
      System.arraycopy(next, 0, joined, rest.length, next.length);
      return replace(which, 2, List.<CacheEntry[]>of(joined));
    }
    return replace(which, 1, List.<CacheEntry[]>of(rest));
  }

  /// Entries from `from` (inclusive) to `to` (exclusive), in order.
  Iterator<CacheEntry> range(String from, String to) {
    int first = chunks.length == 0 ? 0 : chunkOf(from);
    int start = chunks.length == 0 ? 0 : indexIn(first, from);
    int many = count(from, to);
    return new Iterator<>() {
      private int which = first;
      private int at = start;
      private int left = many;

      @Override
      public boolean hasNext() {
        return left > 0;
      }

      @Override
      public CacheEntry next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        while (at == chunks[which].length) {
          which++;
          at = 0;
        }
        left--;
        return chunks[which][at++];
      }
    };
  }

  int size() {
    int size = 0;
    for (CacheEntry[] chunk : chunks) {
      size += chunk.length;
    }
    return size;
  }

  int count(String from, String to) {
    return Math.max(0, rank(to) - rank(from));
  }

  /// How many entries are before `key`.
  private int rank(String key) {
    if (chunks.length == 0) {
      return 0;
    }
    int which = chunkOf(key);
    int before = indexIn(which, key);
    for (int i = 0; i < which; i++) {
      before += chunks[i].length;
    }
    return before;
  }

  private int indexIn(int which, String key) {
    int at = find(chunks[which], key);
    return at < 0 ? -at - 1 : at;
  }

  /// The chunk that holds the key, or where it would go.
  private int chunkOf(String key) {
    int low = 0;
    int high = chunks.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (chunks[middle][0].key().compareTo(key) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static int find(CacheEntry[] chunk, String key) {
    int low = 0;
    int high = chunk.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = chunk[middle].key().compareTo(key);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -low - 1;
  }

  private static CacheEntry[] insert(CacheEntry[] chunk, int at, CacheEntry entry) {
    CacheEntry[] grown = Arrays.copyOf(chunk, chunk.length + 1);
    System.arraycopy(chunk, at, grown, at + 1, chunk.length - at);
    grown[at] = entry;
    return grown;
  }

  private SortedEntries replace(int which, int many, List<CacheEntry[]> by) {
    List<CacheEntry[]> row = new ArrayList<>(chunks.length + 1);
    Collections.addAll(row, chunks);
    row.subList(which, which + many).clear();
    row.addAll(which, by);
    return new SortedEntries(row.toArray(CacheEntry[][]::new));
  }
}
