package dev.navarch.apiserver.admission;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// What was promised to requests that are still on their way to the store. A promise ends by
/// itself: by then the object is there for all to see, or was refused. Not safe for threads: its
/// owner locks.
final class Reservations<T> {
  private static final Duration LASTING = Duration.ofSeconds(15);

  private final InstantSource clock;
  private final Map<T, Promise> promises = new HashMap<>();

  private record Promise(String owner, Instant end) {}

  Reservations(InstantSource clock) {
    this.clock = clock;
  }

  void reserve(T thing, String owner) {
    promises.put(thing, new Promise(owner, clock.instant().plus(LASTING)));
  }

  /// What is promised to anybody but this owner.
  Stream<T> ofOthers(String owner) {
    Instant now = clock.instant();
    promises.values().removeIf(promise -> promise.end.isBefore(now));
    return promises.entrySet().stream()
        .filter(entry -> !entry.getValue().owner.equals(owner))
        .map(Map.Entry::getKey);
  }
}
