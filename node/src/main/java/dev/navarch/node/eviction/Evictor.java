package dev.navarch.node.eviction;

import dev.navarch.api.Quantity;
import dev.navarch.node.pods.PodRequests;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.Container;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/// Looks every few seconds at what is left of memory, disk and processes. When it is less than it
/// should be, the node says so in its conditions, gives up what nobody needs, and if that is not
/// enough ends one pod at a time. One thread uses it.
public final class Evictor {
  public static final Duration PERIOD = Duration.ofSeconds(10);
  private static final Duration AT_ONCE = Duration.ofSeconds(1);

  private final List<Threshold> thresholds;
  private final Duration transition;
  private final Duration softGrace;
  private final Ground ground;
  private final InstantSource clock;
  private final Map<Threshold, Instant> metSince = new HashMap<>();
  private final Map<String, Instant> conditionSeen = new HashMap<>();
  private Set<Threshold> due = Set.of();

  public Evictor(KubeletSettings settings, Ground ground, InstantSource clock) {
    this.thresholds = Threshold.of(settings);
    this.transition = settings.duration("evictionPressureTransitionPeriod");
    this.softGrace = Duration.ofSeconds(settings.number("evictionMaxPodGracePeriod"));
    this.ground = ground;
    this.clock = clock;
  }

  /// Returns whether a pod had to go.
  ///
  /// @param conditions hears what holds now before anything is done: `MemoryPressure`,
  ///   `DiskPressure`, `PIDPressure`
  public boolean round(Consumer<Set<String>> conditions) {
    Map<Signal, Level> levels = ground.levels();
    Instant now = clock.instant();
    Set<Threshold> met = met(levels);
    metSince.keySet().retainAll(met);
    met.forEach(threshold -> metSince.putIfAbsent(threshold, now));
    conditions.accept(conditions(met, now));
    Set<Threshold> ripe = new LinkedHashSet<>();
    met.stream()
        .filter(each -> !since(each, now).plus(each.grace()).isAfter(now))
        .forEach(ripe::add);
    due = ripe;
    if (endThoseOverTheirLimits()) {
      return true;
    }
    Optional<Threshold> worst =
        ripe.stream()
            .min(
                Comparator.comparing((Threshold each) -> !each.signal().isMemory())
                    .thenComparing(Threshold::signal));
    return worst.isPresent() && reclaim(worst.get(), levels);
  }

  /// Pods that hold more on the node's disk than they may have.
  private boolean endThoseOverTheirLimits() {
    boolean apart = ground.imagesApart();
    boolean any = false;
    for (Candidate candidate : ground.withStorageLimits()) {
      Optional<String> over = candidate.overStorageLimit(apart);
      if (over.isPresent() && !Candidate.isCritical(candidate.pod())) {
        ground.endOverLimit(candidate, over.get());
        any = true;
      }
    }
    return any;
  }

  private Instant since(Threshold threshold, Instant now) {
    return metSince.getOrDefault(threshold, now);
  }

  private Set<Threshold> met(Map<Signal, Level> levels) {
    Set<Threshold> met = new LinkedHashSet<>();
    for (Threshold threshold : thresholds) {
      Level level = levels.get(threshold.signal());
      if (level != null && threshold.isMet(level, due.contains(threshold))) {
        met.add(threshold);
      }
    }
    return met;
  }

  private Set<String> conditions(Set<Threshold> met, Instant now) {
    met.forEach(threshold -> conditionSeen.put(threshold.signal().condition(), now));
    Set<String> holding = new TreeSet<>();
    conditionSeen.forEach(
        (condition, seen) -> {
          if (seen.equals(now) || Duration.between(seen, now).compareTo(transition) < 0) {
            holding.add(condition);
          }
        });
    return Set.copyOf(holding);
  }

  private boolean reclaim(Threshold threshold, Map<Signal, Level> levels) {
    Signal signal = threshold.signal();
    ground.tell("Attempting to reclaim " + signal.resource());
    boolean apart = ground.imagesApart();
    if (signal.isDisk() && !(apart && isNodeDisk(signal))) {
      ground.freeUnused();
      Map<Signal, Level> after = ground.levels();
      boolean enough =
          thresholds.stream()
              .noneMatch(
                  each -> {
                    Level level = after.get(each.signal());
                    return level != null && each.isMet(level, true);
                  });
      if (enough) {
        return false;
      }
    }
    Optional<Candidate> victim =
        ground.running().stream()
            .filter(candidate -> !Candidate.isCritical(candidate.pod()))
            .min(Candidate.order(signal, apart));
    victim.ifPresent(
        candidate -> {
          Level level = levels.getOrDefault(signal, new Level(0, 0));
          Duration grace = threshold.hard() ? AT_ONCE : softGrace;
          ground.evict(candidate, message(threshold, level, candidate, apart), grace);
        });
    return victim.isPresent();
  }

  private static boolean isNodeDisk(Signal signal) {
    return signal == Signal.NODE_DISK || signal == Signal.NODE_INODES;
  }

  private static String message(
      Threshold threshold, Level level, Candidate candidate, boolean apart) {
    Signal signal = threshold.signal();
    var text = new StringBuilder();
    text.append(
        "The node was low on resource: %s. Threshold quantity: %s, available: %s. "
            .formatted(
                signal.resource(),
                amount(signal, threshold.limit().of(level.capacity())),
                amount(signal, level.available())));
    for (PodUsage.ContainerUsage used : candidate.usage().containers()) {
      long bytes =
          signal.isMemory()
              ? used.memory()
              : signal.resource().equals("ephemeral-storage")
                  ? PodUsage.disk(used, signal, apart)
                  : 0;
      long request =
          candidate.pod().getSpec().getContainers().stream()
              .filter(container -> container.getName().equals(used.name()))
              .mapToLong((Container each) -> PodRequests.of(each, signal.resource()))
              .sum();
      if (bytes > request) {
        text.append(
            "Container %s was using %s, request is %s, has larger consumption of %s. "
                .formatted(
                    used.name(),
                    amount(signal, bytes),
                    amount(signal, request),
                    signal.resource()));
      }
    }
    return text.toString();
  }

  private static String amount(Signal signal, long amount) {
    boolean bytes = signal.isMemory() || signal.resource().equals("ephemeral-storage");
    return Quantity.of(amount, bytes ? Quantity.Format.BINARY : Quantity.Format.DECIMAL).toString();
  }

  /// What the evictor stands on.
  public interface Ground {
    /// What is left; a signal that is missing cannot be measured here.
    Map<Signal, Level> levels();

    /// Whether images and containers' layers have a filesystem of their own.
    boolean imagesApart();

    /// Removes images and dead containers that nobody needs.
    void freeUnused();

    /// The pods that run.
    List<Candidate> running();

    /// Those of them that may take only so much of the node's disk.
    List<Candidate> withStorageLimits();

    /// Ends a pod that takes more of the node's disk than it may.
    void endOverLimit(Candidate candidate, String message);

    /// Ends a pod and returns when it is over, or not in time.
    void evict(Candidate candidate, String message, Duration grace);

    /// An event of the node, for people.
    void tell(String message);
  }
}
