package dev.navarch.node.pods;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/// Pauses between the restarts of one pod's containers: none before the first, then 10 s, doubled
/// each time up to the longest, and forgotten when a container ran for 10 min. One thread uses it.
final class BackOff {
  private static final Duration FIRST = Duration.ofSeconds(10);
  private static final Duration FORGIVEN = Duration.ofMinutes(10);

  private final Map<String, Entry> entries = new HashMap<>();
  private final Duration longest;

  /// @param longest 5 min, unless the node is told otherwise
  BackOff(Duration longest) {
    this.longest = longest;
  }

  /// @param since when the pause was set
  private record Entry(Duration pause, Instant since) {}

  /// What is left of the pause for a container that ended at `ended`; zero when it may start. An
  /// end that is still to come is of a clock that was set back since: nobody waits for that.
  Duration remaining(String container, Instant ended, Instant now) {
    Entry entry = entries.get(container);
    if (entry == null || isForgiven(entry, ended) || ended.isAfter(now)) {
      return Duration.ZERO;
    }
    Duration left = Duration.between(now, ended.plus(entry.pause()));
    return left.isPositive() ? left : Duration.ZERO;
  }

  Duration pause(String container) {
    Entry entry = entries.get(container);
    return entry == null ? Duration.ZERO : entry.pause();
  }

  /// The container is started again now, after it ended at `ended`.
  void restarted(String container, Instant ended, Instant now) {
    Entry entry = entries.get(container);
    Duration next =
        entry == null || isForgiven(entry, ended)
            ? shorter(FIRST)
            : shorter(entry.pause().multipliedBy(2));
    entries.put(container, new Entry(next, now));
  }

  private static boolean isForgiven(Entry entry, Instant ended) {
    return Duration.between(entry.since(), ended).compareTo(FORGIVEN) > 0;
  }

  private Duration shorter(Duration pause) {
    return pause.compareTo(longest) < 0 ? pause : longest;
  }
}
