package dev.navarch.scheduler;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.Stream;

/// Pods that wait for a node: those to be tried now (highest priority first, then oldest), those
/// that rest after a failure, and those that wait for the cluster to change. Belongs to the
/// scheduling thread.
final class SchedulingQueue {
  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  private final InstantSource clock;
  private final Map<String, Entry> entries = new HashMap<>();
  private final PriorityQueue<Entry> active =
      new PriorityQueue<>(
          Comparator.comparingInt((Entry entry) -> -entry.pod.priority())
              .thenComparing(entry -> entry.since)
              .thenComparingLong(entry -> entry.number));
  private final PriorityQueue<Entry> resting =
      new PriorityQueue<>(Comparator.comparing((Entry entry) -> entry.until));
  private final Map<String, Entry> unschedulable = new HashMap<>();
  private long numbers;

  private static final class Entry {
    private PodView pod;
    private final Instant since;
    private final long number;
    private int attempts;
    private Instant until = Instant.EPOCH;
    private Set<ClusterEvent> retryOn = Set.of();

    Entry(PodView pod, Instant since, long number) {
      this.pod = pod;
      this.since = since;
      this.number = number;
    }
  }

  SchedulingQueue(InstantSource clock) {
    this.clock = clock;
  }

  /// A pod without a node appeared or changed.
  void put(PodView pod) {
    Entry known = entries.get(pod.uid());
    if (known == null) {
      Entry entry = new Entry(pod, clock.instant(), numbers++);
      entries.put(pod.uid(), entry);
      active.add(entry);
      return;
    }
    boolean asksTheSame =
        known.pod.pod().getSpec().equals(pod.pod().getSpec())
            && known.pod.labels().equals(pod.labels());
    known.pod = pod;
    if (!asksTheSame && unschedulable.remove(pod.uid()) != null) {
      active.add(known);
    }
  }

  void remove(String uid) {
    Entry gone = entries.remove(uid);
    if (gone != null) {
      active.remove(gone);
      resting.remove(gone);
      unschedulable.remove(uid);
    }
  }

  /// The next pod to try; it stays known until it is removed or failed.
  Optional<PodView> next() {
    wake();
    Entry entry = active.poll();
    return entry == null ? Optional.empty() : Optional.of(entry.pod);
  }

  /// No node fits: waits for one of these events.
  void unschedulable(PodView pod, Set<ClusterEvent> retryOn) {
    Entry entry = entries.get(pod.uid());
    if (entry != null) {
      entry.attempts++;
      entry.retryOn = retryOn;
      entry.until = clock.instant().plus(LONGEST_WAIT);
      unschedulable.put(pod.uid(), entry);
    }
  }

  /// Something failed that has nothing to do with nodes: once more after a rest.
  void retryLater(PodView pod) {
    Entry entry =
        entries.computeIfAbsent(pod.uid(), uid -> new Entry(pod, clock.instant(), numbers++));
    entry.pod = pod;
    entry.attempts++;
    rest(entry);
  }

  /// The cluster changed: who may profit is tried again, after the rest that its failures earned.
  void happened(ClusterEvent event) {
    List<Entry> profiting =
        unschedulable.values().stream().filter(entry -> entry.retryOn.contains(event)).toList();
    for (Entry entry : profiting) {
      unschedulable.remove(entry.pod.uid());
      rest(entry);
    }
  }

  /// When the next resting pod wakes; empty when none rests.
  Optional<Instant> nextWake() {
    return Stream.concat(resting.stream().limit(1), unschedulable.values().stream())
        .map(entry -> entry.until)
        .min(Comparator.naturalOrder());
  }

  int size() {
    return entries.size();
  }

  private void rest(Entry entry) {
    entry.until = clock.instant().plus(backoff(entry.attempts));
    resting.add(entry);
  }

  private void wake() {
    Instant now = clock.instant();
    for (Entry entry = resting.peek();
        entry != null && !entry.until.isAfter(now);
        entry = resting.peek()) {
      active.add(resting.remove());
    }
    List<Entry> patient = new ArrayList<>();
    unschedulable.values().stream()
        .filter(entry -> !entry.until.isAfter(now))
        .forEach(patient::add);
    for (Entry entry : patient) {
      unschedulable.remove(entry.pod.uid());
      active.add(entry);
    }
  }

  static Duration backoff(int attempts) {
    Duration backoff = FIRST_BACKOFF.multipliedBy(1L << Math.min(10, Math.max(0, attempts - 1)));
    return backoff.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : backoff;
  }
}
