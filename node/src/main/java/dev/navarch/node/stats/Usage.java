package dev.navarch.node.stats;

import dev.navarch.node.cri.v1.ContainerStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is used now, and how fast processor time is spent: from two looks some seconds apart.
///
/// @param spending nanocores by container id; of a new container, since its start
/// @param started when, by container id, as far as the runtime tells
/// @param machineSpending nanocores of the whole machine; null when there was only one look yet
public record Usage(
    Instant at,
    Machine machine,
    List<ContainerStats> containers,
    Map<String, Long> spending,
    Map<String, Instant> started,
    @Nullable Long machineSpending) {

  static long rate(long before, long now, Duration between) {
    long nanos = between.toNanos();
    return nanos <= 0 || now < before ? 0 : Math.round((now - before) * 1e9 / nanos);
  }

  static long cpuNanos(ContainerStats stats) {
    return stats.getCpu().getUsageCoreNanoSeconds().getValue();
  }

  static long workingSet(ContainerStats stats) {
    return stats.getMemory().getWorkingSetBytes().getValue();
  }

  static String id(ContainerStats stats) {
    return stats.getAttributes().getId();
  }

  /// When its processor time was measured.
  static Instant at(ContainerStats stats) {
    return Instant.ofEpochSecond(0, stats.getCpu().getTimestamp());
  }

  /// Null while it is not known.
  @Nullable Long spending(ContainerStats stats) {
    return spending.get(id(stats));
  }
}
