package dev.navarch.node.stats;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerStats;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks now and then at what everything uses, so that whoever asks gets rates at once, and sooner
/// when somebody asks; many who ask cost no more than one.
public final class UsageSampler implements AutoCloseable {
  public static final Duration PERIOD = Duration.ofSeconds(15);

  /// What is younger than this is not looked at again for somebody who asks.
  static final Duration FRESH = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(UsageSampler.class);

  private final ContainerRuntime runtime;
  private final InstantSource clock;
  private final Path proc;
  private final Thread thread;
  private @Nullable Usage latest;

  /// @param proc `/proc`
  public UsageSampler(ContainerRuntime runtime, InstantSource clock, Path proc) {
    this.runtime = runtime;
    this.clock = clock;
    this.proc = proc;
    this.thread = Thread.ofVirtual().name("usage").unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  /// A look of the last five seconds, or an older one while the runtime does not answer.
  public synchronized Usage latest() {
    Usage known = latest;
    if (known == null) {
      return look();
    }
    if (clock.instant().isBefore(known.at().plus(FRESH))) {
      return known;
    }
    try {
      return look();
    } catch (CriException e) {
      tellsNothing(e);
      return known;
    }
  }

  /// Looks now, and compares with the look before; a container that is new, with its start.
  synchronized Usage look() {
    Usage before = latest;
    List<ContainerStats> containers = runtime.stats();
    Instant now = clock.instant();
    Machine machine = Machine.read(proc);
    Map<String, Instant> started = started(before, containers);
    Map<String, ContainerStats> known = new HashMap<>();
    Map<String, Long> spending = new HashMap<>();
    if (before != null) {
      before.containers().forEach(stats -> known.put(Usage.id(stats), stats));
    }
    for (ContainerStats stats : containers) {
      String id = Usage.id(stats);
      ContainerStats old = known.get(id);
      Instant since = old == null ? started.get(id) : Usage.at(old);
      long had = old == null ? 0 : Usage.cpuNanos(old);
      if (since != null && since.isBefore(Usage.at(stats))) {
        var between = Duration.between(since, Usage.at(stats));
        spending.put(id, Usage.rate(had, Usage.cpuNanos(stats), between));
      }
    }
    Long machineSpending =
        before == null
            ? null
            : Usage.rate(
                before.machine().cpuNanos(),
                machine.cpuNanos(),
                Duration.between(before.at(), now));
    var usage = new Usage(now, machine, containers, Map.copyOf(spending), started, machineSpending);
    latest = usage;
    return usage;
  }

  /// The runtime is asked only when there is a container of which it is not known.
  private Map<String, Instant> started(@Nullable Usage before, List<ContainerStats> containers) {
    Map<String, Instant> known = before == null ? Map.of() : before.started();
    Map<String, Instant> all = known;
    if (!containers.stream().allMatch(stats -> known.containsKey(Usage.id(stats)))) {
      all =
          runtime.containers("").stream()
              .collect(
                  Collectors.toMap(
                      Container::getId, one -> Instant.ofEpochSecond(0, one.getCreatedAt())));
    }
    Map<String, Instant> started = new HashMap<>();
    for (ContainerStats stats : containers) {
      Instant at = all.get(Usage.id(stats));
      if (at != null) {
        started.put(Usage.id(stats), at);
      }
    }
    return Map.copyOf(started);
  }

  private static void tellsNothing(CriException e) {
    LOG.atDebug().addKeyValue("reason", e.getMessage()).log("the runtime tells no usage");
  }

  private void run() {
    try {
      while (true) {
        try {
          look();
        } catch (CriException e) {
          tellsNothing(e);
        }
        Thread.sleep(PERIOD);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
