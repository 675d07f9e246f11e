package dev.navarch.node.stats;

import dev.navarch.node.cri.v1.ContainerStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// What is used now, and how fast processor time is spent: from two looks some seconds apart.
///
/// @param spending nanocores by container id; without an entry there was only one look yet
/// @param machineSpending nanocores of the whole machine
public record Usage(
    Instant at,
    Machine machine,
    List<ContainerStats> containers,
    Map<String, Long> spending,
    long machineSpending) {

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

  long spending(ContainerStats stats) {
    return spending.getOrDefault(stats.getAttributes().getId(), 0L);
  }
}
