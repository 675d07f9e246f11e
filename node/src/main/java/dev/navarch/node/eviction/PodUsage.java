package dev.navarch.node.eviction;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// What a pod uses now, as the node's summary tells it.
///
/// @param memory bytes of its working set
/// @param volumeBytes in volumes that live on the node's disk
public record PodUsage(
    long memory,
    long processes,
    long volumeBytes,
    long volumeInodes,
    List<ContainerUsage> containers) {

  /// @param written bytes in the container's own layer
  public record ContainerUsage(
      String name, long memory, long written, long writtenInodes, long logs) {}

  /// @param pod an element of `pods` in the summary
  public static PodUsage of(JsonNode pod) {
    long bytes = 0;
    long inodes = 0;
    for (JsonNode volume : pod.path("volume")) {
      bytes += volume.path("usedBytes").asLong(0);
      inodes += volume.path("inodesUsed").asLong(0);
    }
    return new PodUsage(
        pod.path("memory").path("workingSetBytes").asLong(0),
        pod.path("process_stats").path("process_count").asLong(0),
        bytes,
        inodes,
        pod.path("containers").valueStream().map(PodUsage::container).toList());
  }

  private static ContainerUsage container(JsonNode container) {
    return new ContainerUsage(
        container.path("name").asString(""),
        container.path("memory").path("workingSetBytes").asLong(0),
        container.path("rootfs").path("usedBytes").asLong(0),
        container.path("rootfs").path("inodesUsed").asLong(0),
        container.path("logs").path("usedBytes").asLong(0));
  }

  /// What of the short resource the pod uses.
  ///
  /// @param apart whether images and containers' layers have a filesystem of their own
  long of(Signal signal, boolean apart) {
    return switch (signal) {
      case MEMORY, ALLOCATABLE_MEMORY -> memory;
      case PROCESSES -> processes;
      case NODE_DISK -> volumeBytes + sum(signal, apart);
      case IMAGE_DISK -> (apart ? 0 : volumeBytes) + sum(signal, apart);
      case NODE_INODES -> volumeInodes + (apart ? 0 : layerInodes());
      case IMAGE_INODES -> (apart ? 0 : volumeInodes) + layerInodes();
    };
  }

  private long sum(Signal signal, boolean apart) {
    return containers.stream().mapToLong(container -> disk(container, signal, apart)).sum();
  }

  static long disk(ContainerUsage container, Signal signal, boolean apart) {
    if (!apart) {
      return container.written() + container.logs();
    }
    return signal == Signal.NODE_DISK ? container.logs() : container.written();
  }

  private long layerInodes() {
    return containers.stream().mapToLong(ContainerUsage::writtenInodes).sum();
  }
}
