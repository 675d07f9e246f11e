package dev.navarch.apiserver.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// The ring gives every reader each change once and in order, or tells him that he was too slow.
class EventRingTest {
  private static final SelectableFields NONE = new SelectableFields(Map.of());

  private static CacheEvent event(long revision, int bytes) {
    var before = CacheEntry.of("/k", revision - 1, new byte[bytes], NONE);
    return new CacheEvent(before, null, revision);
  }

  private static List<Long> revisions(List<CacheEvent> events) {
    return events.stream().map(CacheEvent::revision).toList();
  }

  @Test
  void aReaderStartsAfterHisRevision() {
    var ring = new EventRing(10, 1000, 1 << 20);
    LongStream.rangeClosed(1, 200).forEach(i -> ring.append(event(10 + 2 * i, 0)));
    assertThat(revisions(ring.read(ring.position(10), 2, 10))).containsExactly(12L, 14L);
    assertThat(revisions(ring.read(ring.position(13), 2, 13))).containsExactly(14L, 16L);
    assertThat(revisions(ring.read(ring.position(14), 1, 14))).containsExactly(16L);
    assertThat(ring.read(ring.position(410), 5, 410)).isEmpty();
    assertThat(ring.read(ring.position(999), 5, 999)).isEmpty();
  }

  @Test
  void aRevisionBeforeTheRingIsExpired() {
    var ring = new EventRing(10, 1000, 1 << 20);
    assertThatThrownBy(() -> ring.position(9))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.error()).isInstanceOf(ApiError.Expired.class))
        .hasMessage("too old resource version: 9 (10)");
  }

  @Test
  void theRingHoldsAsManyChangesAsItMay() {
    var ring = new EventRing(1, 100, 1 << 20);
    long slow = ring.position(1);
    LongStream.rangeClosed(2, 301).forEach(i -> ring.append(event(i, 0)));
    assertThatThrownBy(() -> ring.position(200)).hasMessage("too old resource version: 200 (201)");
    assertThatThrownBy(() -> ring.read(slow, 10, 1))
        .hasMessage("too old resource version: 1 (201)");
    assertThat(revisions(ring.read(ring.position(201), 1000, 201)))
        .containsExactlyElementsOf(LongStream.rangeClosed(202, 301).boxed().toList());
  }

  @Test
  void theRingHoldsAsManyBytesAsItMay() {
    var ring = new EventRing(1, 1000, 1000);
    LongStream.rangeClosed(2, 31).forEach(i -> ring.append(event(i, 100)));
    assertThat(ring.read(ring.position(21), 100, 21)).hasSize(10);
    assertThatThrownBy(() -> ring.position(20)).hasMessage("too old resource version: 20 (21)");
    ring.append(event(32, 5000));
    assertThat(ring.read(ring.position(31), 100, 31)).hasSize(1);
  }

  @Test
  void theEndExpiresEveryReader() {
    var ring = new EventRing(1, 100, 1000);
    long drained = ring.position(1);
    ring.end();
    assertThatThrownBy(() -> ring.read(drained, 10, 1))
        .hasMessage("too old resource version: 1 (1)");
  }

  @Test
  void readersBesideTheWriterMissNothingOrExpire() throws Exception {
    var ring = new EventRing(0, 64, 1 << 20);
    long last = 200_000;
    try (var threads = Executors.newFixedThreadPool(3)) {
      List<Future<?>> readers =
          List.of(
              threads.submit(() -> follow(ring, last)), threads.submit(() -> follow(ring, last)));
      for (long revision = 1; revision <= last; revision++) {
        ring.append(event(revision, 0));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
    }
  }

  private static void follow(EventRing ring, long last) {
    long seen = 0;
    while (seen < last) {
      try {
        long position = ring.position(seen);
        while (seen < last) {
          List<CacheEvent> events = ring.read(position, 16, seen);
          for (CacheEvent event : events) {
            assertThat(event.revision()).isEqualTo(++seen);
          }
          position += events.size();
        }
      } catch (ApiException expired) {
        String text = String.valueOf(expired.getMessage());
        seen = Long.parseLong(text.substring(text.indexOf('(') + 1, text.length() - 1));
      }
    }
  }
}
