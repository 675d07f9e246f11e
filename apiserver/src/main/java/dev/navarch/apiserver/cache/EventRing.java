package dev.navarch.apiserver.cache;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// The last changes of a resource, kept once for all who watch it. One thread appends; readers hold
/// a position and take no lock: they copy, then look whether the ring's head has passed them.
final class EventRing {
  private static final int FIRST = 64;

  private final int mostEvents;
  private final long mostBytes;
  private volatile AtomicReferenceArray<CacheEvent> slots = new AtomicReferenceArray<>(FIRST);
  private volatile long head;
  private volatile long tail;
  private volatile long since;
  private volatile long announced;
  private volatile boolean over;
  private long bytes;

  /// @param since the revision after which every change comes by here
  EventRing(long since, int mostEvents, long mostBytes) {
    this.since = since;
    this.mostEvents = mostEvents;
    this.mostBytes = mostBytes;
  }

  void append(CacheEvent event) {
    while (head < tail && (tail - head >= mostEvents || bytes + event.bytes() > mostBytes)) {
      dropOldest();
    }
    long at = tail;
    if (at - head == slots.length()) {
      grow();
    }
    slots.set(slot(slots, at), event);
    bytes += event.bytes();
    tail = at + 1;
  }

  private void dropOldest() {
    CacheEvent oldest = slots.get(slot(slots, head));
    since = oldest.revision();
    bytes -= oldest.bytes();
    long dropped = head;
    head = dropped + 1;
    slots.set(slot(slots, dropped), null);
  }

  private void grow() {
    var wider = new AtomicReferenceArray<CacheEvent>(slots.length() * 2);
    for (long at = head; at < tail; at++) {
      wider.set(slot(wider, at), slots.get(slot(slots, at)));
    }
    slots = wider;
  }

  /// Ends the ring: changes went by that are not here, so every reader has lost his place.
  void end() {
    over = true;
  }

  /// The first position whose change the sleeping readers were not yet told of.
  long announced() {
    return announced;
  }

  /// Those readers that want them have been told of all changes so far.
  void announce() {
    announced = tail;
  }

  long head() {
    return head;
  }

  long tail() {
    return tail;
  }

  CacheEvent at(long position) {
    var ring = slots;
    return ring.get(slot(ring, position));
  }

  /// The position of the first change after a revision.
  ///
  /// @throws ApiException `Expired` when some of them are no longer here
  long position(long revision) {
    long low = head;
    long high = tail;
    var ring = slots;
    while (low < high) {
      long middle = (low + high) >>> 1;
      CacheEvent event = ring.get(slot(ring, middle));
      if (event == null || event.revision() <= revision) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (revision < since) {
      throw expired(revision);
    }
    return low;
  }

  /// Up to `most` changes from a position on.
  ///
  /// @param revision what the reader has seen so far, for the message
  /// @throws ApiException `Expired` when the reader was too slow
  List<CacheEvent> read(long position, int most, long revision) {
    long end = Math.min(tail, position + most);
    var ring = slots;
    List<CacheEvent> events = new ArrayList<>((int) Math.max(0, end - position));
    for (long at = position; at < end; at++) {
      events.add(ring.get(slot(ring, at)));
    }
    if (position < head || over) {
      throw expired(revision);
    }
    return events;
  }

  private ApiException expired(long revision) {
    return new ApiException(
        new ApiError.Expired("too old resource version: %d (%d)".formatted(revision, since)));
  }

  private static int slot(AtomicReferenceArray<CacheEvent> ring, long position) {
    return (int) (position & (ring.length() - 1));
  }
}
