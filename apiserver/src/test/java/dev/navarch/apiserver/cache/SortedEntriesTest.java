package dev.navarch.apiserver.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A sorted map that agrees with `TreeMap` after any changes, and whose older states stay.
class SortedEntriesTest {
  private static final SelectableFields NONE = new SelectableFields(Map.of());

  private static CacheEntry entry(int key, long revision) {
    return CacheEntry.of("/k/%05d".formatted(key), revision, new byte[0], NONE);
  }

  private static List<CacheEntry> all(Iterator<CacheEntry> entries) {
    List<CacheEntry> list = new ArrayList<>();
    entries.forEachRemaining(list::add);
    return list;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void itIsASortedMapWhateverChanges(long seed) {
    var random = new Random(seed);
    var expected = new TreeMap<String, CacheEntry>();
    SortedEntries entries = SortedEntries.EMPTY;
    for (int step = 0; step < 20_000; step++) {
      CacheEntry entry = entry(random.nextInt(5_000), step);
      boolean grow = step < 10_000 ? random.nextInt(4) > 0 : random.nextInt(4) == 0;
      if (grow) {
        expected.put(entry.key(), entry);
        entries = entries.with(entry);
      } else {
        expected.remove(entry.key());
        entries = entries.without(entry.key());
      }
      if (step % 997 == 0) {
        String from = entry(random.nextInt(5_000), 0).key();
        String to = entry(random.nextInt(5_000), 0).key();
        if (from.compareTo(to) <= 0) {
          var part = expected.subMap(from, to);
          assertThat(all(entries.range(from, to))).containsExactlyElementsOf(part.values());
          assertThat(entries.count(from, to)).isEqualTo(part.size());
        }
        assertThat(entries.get(from).orElse(null)).isSameAs(expected.get(from));
      }
    }
    assertThat(all(entries.range("/", "0"))).containsExactlyElementsOf(expected.values());
  }

  @Test
  void aSortedListBecomesTheSameMap() {
    List<CacheEntry> sorted = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      sorted.add(entry(i, 1));
    }
    SortedEntries entries = SortedEntries.of(sorted);
    assertThat(all(entries.range("/", "0"))).containsExactlyElementsOf(sorted);
    assertThat(entries.count("/k/00010", "/k/00020")).isEqualTo(10);
  }

  @Test
  void anOlderStateStaysAsItWas() {
    SortedEntries before = SortedEntries.EMPTY.with(entry(1, 1)).with(entry(2, 1));
    SortedEntries after = before.with(entry(1, 2)).without(entry(2, 0).key()).with(entry(3, 2));
    assertThat(all(before.range("/", "0")))
        .extracting(CacheEntry::revision)
        .containsExactly(1L, 1L);
    assertThat(all(after.range("/", "0")))
        .extracting(CacheEntry::toString)
        .containsExactly("/k/00001@2", "/k/00003@2");
  }
}
