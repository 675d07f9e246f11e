package dev.navarch.node.stats;

import dev.navarch.node.volumes.VolumeUsage;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/// How full the node's claims are, for `/metrics`: each claim once, however many pods use it.
///
/// @param usages how full a pod's persistent volume is, by its name in the pod
public record VolumeMetrics(
    Supplier<List<Pod>> pods, BiFunction<Pod, String, Optional<VolumeUsage>> usages) {
  private static final String PREFIX = "kubelet_volume_stats_";

  public String text() {
    MetricsText text =
        new MetricsText()
            .family(PREFIX + "capacity_bytes", "gauge", "Capacity in bytes of the volume")
            .family(PREFIX + "available_bytes", "gauge", "Number of available bytes in the volume")
            .family(PREFIX + "used_bytes", "gauge", "Number of used bytes in the volume")
            .family(PREFIX + "inodes", "gauge", "Maximum number of inodes in the volume")
            .family(PREFIX + "inodes_free", "gauge", "Number of free inodes in the volume")
            .family(PREFIX + "inodes_used", "gauge", "Number of used inodes in the volume");
    Set<String> told = new HashSet<>();
    for (Pod pod : pods.get()) {
      String namespace = pod.getMetadata().getNamespace();
      for (Volume volume : pod.getSpec().getVolumes()) {
        usages
            .apply(pod, volume.getName())
            .filter(usage -> told.add(namespace + "/" + usage.claim()))
            .ifPresent(usage -> add(text, namespace, usage));
      }
    }
    return told.isEmpty() ? "" : text.toString();
  }

  private static void add(MetricsText text, String namespace, VolumeUsage usage) {
    Map<String, String> labels =
        Map.of("namespace", namespace, "persistentvolumeclaim", usage.claim());
    text.add(PREFIX + "capacity_bytes", labels, usage.capacity());
    text.add(PREFIX + "available_bytes", labels, usage.available());
    text.add(PREFIX + "used_bytes", labels, usage.used());
    text.add(PREFIX + "inodes", labels, usage.inodes());
    text.add(PREFIX + "inodes_free", labels, usage.inodesFree());
    text.add(PREFIX + "inodes_used", labels, usage.inodesUsed());
  }
}
