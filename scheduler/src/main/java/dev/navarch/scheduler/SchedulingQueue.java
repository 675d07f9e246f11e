package dev.navarch.scheduler;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Pods that wait for a node: those to be tried now (highest priority first, then oldest), those
/// that rest after a failure, and those that wait for the cluster to change. Belongs to the
/// scheduling thread.
final class SchedulingQueue {
  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
  private static final Comparator<Entry> FIRST_TO_WAKE =
      Comparator.comparing((Entry entry) -> entry.until).thenComparingLong(entry -> entry.number);

  private final InstantSource clock;
  private final Map<String, Entry> entries = new HashMap<>();
  private final NavigableSet<Entry> active =
      new TreeSet<>(
          Comparator.comparingInt((Entry entry) -> -entry.priority)
              .thenComparing(entry -> entry.since)
              .thenComparingLong(entry -> entry.number));
  private final NavigableSet<Entry> resting = new TreeSet<>(FIRST_TO_WAKE);
  private final NavigableSet<Entry> unschedulable = new TreeSet<>(FIRST_TO_WAKE);
  private long numbers;

  /// A waiting pod; in one of the three sets, or in none while it is being tried.
  private static final class Entry {
    private final int priority;
    private final Instant since;
    private final long number;
    private PodView pod;
    private @Nullable NavigableSet<Entry> in;
    private int attempts;
    private Instant failed = Instant.EPOCH;
    private Instant until = Instant.EPOCH;
    private Set<ClusterEvent> retryOn = Set.of();

    Entry(PodView pod, Instant since, long number) {
      this.pod = pod;
      this.priority = pod.priority();
      this.since = since;
      this.number = number;
    }

    void leave() {
      if (in != null) {
        in.remove(this);
        in = null;
      }
    }

    void moveTo(NavigableSet<Entry> set, Instant wakes) {
      leave();
      until = wakes;
      in = set;
      set.add(this);
    }
  }

  SchedulingQueue(InstantSource clock) {
    this.clock = clock;
  }

  /// A pod without a node appeared or changed.
  void put(PodView pod) {
    Entry known = entries.get(pod.uid());
    if (known == null) {
      known(pod).moveTo(active, clock.instant());
      return;
    }
    boolean asksTheSame =
        known.pod.pod().getSpec().equals(pod.pod().getSpec())
            && known.pod.labels().equals(pod.labels());
    known.pod = pod;
    if (!asksTheSame && unschedulable.contains(known)) {
      rest(known);
    }
  }

  void remove(String uid) {
    Entry gone = entries.remove(uid);
    if (gone != null) {
      gone.leave();
    }
  }

  /// The next pod to try; it stays known until it is removed or failed.
  Optional<PodView> next() {
    wake(resting);
    wake(unschedulable);
    if (active.isEmpty()) {
      return Optional.empty();
    }
    Entry entry = active.first();
    entry.leave();
    return Optional.of(entry.pod);
  }

  /// No node fits: waits for one of these events.
  void unschedulable(PodView pod, Set<ClusterEvent> retryOn) {
    Entry entry = entries.get(pod.uid());
    if (entry != null) {
      failed(entry);
      entry.retryOn = retryOn;
      entry.moveTo(unschedulable, clock.instant().plus(LONGEST_WAIT));
    }
  }

  /// Something failed that has nothing to do with nodes: once more after a rest.
  void retryLater(PodView pod) {
    Entry entry = known(pod);
    failed(entry);
    rest(entry);
  }

  /// The cluster changed: who may profit is tried again, once the rest that its failures earned is
  /// over.
  void happened(ClusterEvent event) {
    List<Entry> profiting =
        unschedulable.stream().filter(entry -> entry.retryOn.contains(event)).toList();
    profiting.forEach(this::rest);
  }

  /// When the next waiting pod is due, whatever happens; empty when none waits.
  Optional<Instant> nextWake() {
    return Stream.of(resting, unschedulable)
        .filter(set -> !set.isEmpty())
        .map(set -> set.first().until)
        .min(Comparator.naturalOrder());
  }

  int size() {
    return entries.size();
  }

  private Entry known(PodView pod) {
    return entries.computeIfAbsent(pod.uid(), uid -> new Entry(pod, clock.instant(), numbers++));
  }

  private void failed(Entry entry) {
    entry.attempts++;
    entry.failed = clock.instant();
  }

  private void rest(Entry entry) {
    entry.moveTo(resting, entry.failed.plus(backoff(entry.attempts)));
  }

  private void wake(NavigableSet<Entry> sleeping) {
    Instant now = clock.instant();
    while (!sleeping.isEmpty() && !sleeping.first().until.isAfter(now)) {
      sleeping.first().moveTo(active, now);
    }
  }

  static Duration backoff(int attempts) {
    Duration backoff = FIRST_BACKOFF.multipliedBy(1L << Math.clamp(attempts - 1, 0, 10));
    return backoff.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : backoff;
  }
}
