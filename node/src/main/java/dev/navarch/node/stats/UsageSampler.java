package dev.navarch.node.stats;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.ContainerStats;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks every few seconds at what everything uses, so that whoever asks gets rates at once and
/// many who ask cost no more than one.
public final class UsageSampler implements AutoCloseable {
  public static final Duration PERIOD = Duration.ofSeconds(15);
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

  /// The newest look; the first call takes one.
  public synchronized Usage latest() {
    Usage known = latest;
    return known == null ? look() : known;
  }

  /// Looks now, and compares with the look before.
  synchronized Usage look() {
    Usage before = latest;
    List<ContainerStats> containers = runtime.stats();
    Instant now = clock.instant();
    Machine machine = Machine.read(proc);
    Map<String, Long> spending = new HashMap<>();
    long machineSpending = 0;
    if (before != null) {
      Map<String, ContainerStats> known = new HashMap<>();
      before.containers().forEach(stats -> known.put(stats.getAttributes().getId(), stats));
      for (ContainerStats stats : containers) {
        ContainerStats old = known.get(stats.getAttributes().getId());
        if (old != null) {
          var between =
              Duration.ofNanos(stats.getCpu().getTimestamp() - old.getCpu().getTimestamp());
          spending.put(
              stats.getAttributes().getId(),
              Usage.rate(Usage.cpuNanos(old), Usage.cpuNanos(stats), between));
        }
      }
      machineSpending =
          Usage.rate(
              before.machine().cpuNanos(), machine.cpuNanos(), Duration.between(before.at(), now));
    }
    var usage = new Usage(now, machine, containers, Map.copyOf(spending), machineSpending);
    latest = usage;
    return usage;
  }

  private void run() {
    try {
      while (true) {
        try {
          look();
        } catch (CriException e) {
          LOG.atDebug().addKeyValue("reason", e.getMessage()).log("the runtime tells no usage");
        }
        Thread.sleep(PERIOD);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
