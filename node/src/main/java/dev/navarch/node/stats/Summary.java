package dev.navarch.node.stats;

import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.ContainerStats;
import dev.navarch.node.cri.v1.FilesystemUsage;
import dev.navarch.node.host.Filesystem;
import dev.navarch.node.pods.CriNames;
import dev.navarch.node.volumes.FileTrees;
import dev.navarch.node.volumes.VolumeUsage;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `/stats/summary`: processor time in nanoseconds and nanocores, memory and disks in bytes, of the
/// node, each pod and each container, in upstream's form (`stats/v1alpha1`).
///
/// @param usages how full a pod's persistent volume is, by its name in the pod
public record Summary(
    NodeConfig config,
    ContainerRuntime runtime,
    UsageSampler sampler,
    PodProcesses processes,
    Supplier<List<Pod>> pods,
    BiFunction<Pod, String, Optional<VolumeUsage>> usages) {

  public static Summary of(
      NodeConfig config,
      ContainerRuntime runtime,
      UsageSampler sampler,
      Supplier<List<Pod>> pods,
      BiFunction<Pod, String, Optional<VolumeUsage>> usages) {
    var processes =
        new PodProcesses(Path.of("/sys/fs/cgroup"), config.cgroupRoot(), Path.of("/proc"));
    return new Summary(config, runtime, sampler, processes, pods, usages);
  }

  /// @param onlyCpuAndMemory leaves out what has to be measured on disks
  public ObjectNode document(boolean onlyCpuAndMemory) {
    Usage usage = sampler.latest();
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    node(summary.putObject("node"), usage, onlyCpuAndMemory);
    ArrayNode list = summary.putArray("pods");
    for (Pod pod : pods.get()) {
      List<ContainerStats> containers =
          usage.containers().stream().filter(stats -> belongs(stats, pod)).toList();
      if (!containers.isEmpty()) {
        pod(list.addObject(), pod, containers, usage, onlyCpuAndMemory);
      }
    }
    return summary;
  }

  static boolean belongs(ContainerStats stats, Pod pod) {
    return pod.getMetadata()
        .getUid()
        .equals(stats.getAttributes().getLabelsOrDefault(CriNames.POD_UID, ""));
  }

  private void node(ObjectNode node, Usage usage, boolean onlyCpuAndMemory) {
    Machine machine = usage.machine();
    String time = usage.at().toString();
    node.put("nodeName", config.nodeName());
    cpu(node, time, usage.machineSpending(), machine.cpuNanos());
    node.putObject("memory")
        .put("time", time)
        .put("availableBytes", machine.memory("MemTotal") - machine.workingSet())
        .put("usageBytes", machine.memoryUsed())
        .put("workingSetBytes", machine.workingSet())
        .put("rssBytes", machine.memory("AnonPages"))
        .put("pageFaults", machine.faults().all())
        .put("majorPageFaults", machine.faults().major());
    pressure(node, "cpu");
    pressure(node, "memory");
    node.putObject("io").put("time", time);
    pressure(node, "io");
    if (onlyCpuAndMemory) {
      return;
    }
    network(node, time, machine.interfaces());
    disk(node.putObject("fs"), time, config.dataDir());
    ObjectNode images = node.putObject("runtime").putObject("imageFs");
    disk(images, time, config.dataDir());
    long used =
        runtime.imageFilesystems().stream()
            .map(FilesystemUsage::getUsedBytes)
            .mapToLong(dev.navarch.node.cri.v1.UInt64Value::getValue)
            .sum();
    images.put("usedBytes", used);
    node.putObject("rlimit")
        .put("time", time)
        .put("maxpid", machine.maxProcesses())
        .put("curproc", machine.processes());
  }

  private void pressure(ObjectNode node, String what) {
    Pressure.read(processes.proc().resolve("pressure").resolve(what))
        .ifPresent(pressure -> pressure.into(node.path(what).asObject()));
  }

  private void pod(
      ObjectNode node,
      Pod pod,
      List<ContainerStats> containers,
      Usage usage,
      boolean onlyCpuAndMemory) {
    var meta = pod.getMetadata();
    String time = usage.at().toString();
    node.putObject("podRef")
        .put("name", meta.getName())
        .put("namespace", meta.getNamespace())
        .put("uid", meta.getUid());
    if (pod.getStatus() != null && pod.getStatus().getStartTime() != null) {
      node.put("startTime", pod.getStatus().getStartTime());
    }
    ArrayNode list = node.putArray("containers");
    long disk = 0;
    for (ContainerStats stats : containers) {
      ObjectNode container = list.addObject();
      disk += container(container, pod, stats, usage, onlyCpuAndMemory);
    }
    cpu(
        node,
        time,
        spending(containers, usage),
        containers.stream().mapToLong(Usage::cpuNanos).sum());
    node.putObject("memory")
        .put("time", time)
        .put("workingSetBytes", containers.stream().mapToLong(Usage::workingSet).sum());
    stalls().into(node, time, stalls().pod(meta.getUid()));
    if (onlyCpuAndMemory) {
      return;
    }
    List<Long> running = processes.of(meta.getUid());
    if (!Boolean.TRUE.equals(pod.getSpec().getHostNetwork())) {
      network(node, time, processes.network(running));
    }
    node.putObject("process_stats").put("process_count", running.size());
    ArrayNode volumes = node.putArray("volume");
    for (Volume volume : pod.getSpec().getVolumes()) {
      if (volume.getEmptyDir() != null) {
        Path dir =
            config
                .podDir(meta.getUid())
                .resolve("volumes/kubernetes.io~empty-dir")
                .resolve(volume.getName());
        ObjectNode one = volumes.addObject().put("name", volume.getName());
        disk(one, time, dir);
        long size = size(dir);
        one.put("usedBytes", size).put("inodesUsed", count(dir));
        disk += "Memory".equals(volume.getEmptyDir().getMedium()) ? 0 : size;
      } else {
        usages
            .apply(pod, volume.getName())
            .ifPresent(filled -> claimed(volumes.addObject(), pod, volume, filled, time));
      }
    }
    ObjectNode storage = node.putObject("ephemeral-storage");
    disk(storage, time, config.dataDir());
    storage.put("usedBytes", disk);
  }

  private static void claimed(
      ObjectNode into, Pod pod, Volume volume, VolumeUsage usage, String time) {
    into.put("time", time).put("name", volume.getName());
    into.put("availableBytes", usage.available())
        .put("capacityBytes", usage.capacity())
        .put("usedBytes", usage.used());
    if (usage.inodes() > 0) {
      into.put("inodes", usage.inodes())
          .put("inodesFree", usage.inodesFree())
          .put("inodesUsed", usage.inodesUsed());
    }
    into.putObject("pvcRef")
        .put("name", usage.claim())
        .put("namespace", pod.getMetadata().getNamespace());
  }

  /// Returns the bytes on disk that the container takes.
  private long container(
      ObjectNode node, Pod pod, ContainerStats stats, Usage usage, boolean onlyCpuAndMemory) {
    var meta = pod.getMetadata();
    String time = Usage.at(stats).toString();
    String name = stats.getAttributes().getMetadata().getName();
    node.put("name", name);
    Instant started = usage.started().get(Usage.id(stats));
    if (started != null) {
      node.put("startTime", started.toString());
    }
    cpu(node, time, usage.spending(stats), Usage.cpuNanos(stats));
    ObjectNode memory = node.putObject("memory");
    memory.put("time", time).put("workingSetBytes", Usage.workingSet(stats));
    if (stats.getMemory().hasUsageBytes()) {
      memory.put("usageBytes", stats.getMemory().getUsageBytes().getValue());
    }
    if (stats.getMemory().hasRssBytes()) {
      memory.put("rssBytes", stats.getMemory().getRssBytes().getValue());
    }
    stalls().into(node, time, stalls().container(meta.getUid(), stats.getAttributes().getId()));
    if (onlyCpuAndMemory) {
      return 0;
    }
    ObjectNode root = node.putObject("rootfs");
    disk(root, time, config.dataDir());
    long written = stats.getWritableLayer().getUsedBytes().getValue();
    root.put("usedBytes", written)
        .put("inodesUsed", stats.getWritableLayer().getInodesUsed().getValue());
    ObjectNode logs = node.putObject("logs");
    disk(logs, time, config.dataDir());
    long logged =
        size(config.podLogDir(meta.getNamespace(), meta.getName(), meta.getUid()).resolve(name));
    logs.put("usedBytes", logged);
    return written + logged;
  }

  private PodPressure stalls() {
    return new PodPressure(processes.mount(), config.cgroupRoot());
  }

  /// Of all containers together, if it is known of each.
  private static @Nullable Long spending(List<ContainerStats> containers, Usage usage) {
    long sum = 0;
    for (ContainerStats stats : containers) {
      Long one = usage.spending(stats);
      if (one == null) {
        return null;
      }
      sum += one;
    }
    return sum;
  }

  private static void cpu(ObjectNode into, String time, @Nullable Long nanoCores, long nanos) {
    ObjectNode cpu = into.putObject("cpu").put("time", time);
    if (nanoCores != null) {
      cpu.put("usageNanoCores", nanoCores.longValue());
    }
    cpu.put("usageCoreNanoSeconds", nanos);
  }

  private static void network(ObjectNode into, String time, List<Machine.Interface> interfaces) {
    if (interfaces.isEmpty()) {
      return;
    }
    ObjectNode network = into.putObject("network").put("time", time);
    counters(network, interfaces.getFirst());
    ArrayNode all = network.putArray("interfaces");
    interfaces.forEach(each -> counters(all.addObject(), each));
  }

  private static void counters(ObjectNode into, Machine.Interface one) {
    into.put("name", one.name())
        .put("rxBytes", one.rxBytes())
        .put("rxErrors", one.rxErrors())
        .put("txBytes", one.txBytes())
        .put("txErrors", one.txErrors());
  }

  /// The filesystem that a folder is on.
  private static void disk(ObjectNode into, String time, Path folder) {
    into.put("time", time);
    try {
      Filesystem disk = Filesystem.of(folder);
      into.put("availableBytes", disk.available())
          .put("capacityBytes", disk.capacity())
          .put("usedBytes", disk.capacity() - disk.available())
          .put("inodes", disk.inodes())
          .put("inodesFree", disk.inodesFree())
          .put("inodesUsed", disk.inodesUsed());
    } catch (UncheckedIOException gone) {
      // A volume that is not there yet has no filesystem to tell of.
    }
  }

  /// Files and folders.
  private static long count(Path tree) {
    try (Stream<Path> all = Files.walk(tree)) {
      return all.count();
    } catch (IOException | UncheckedIOException gone) {
      return 0;
    }
  }

  private static long size(Path tree) {
    try {
      return Files.isDirectory(tree) ? FileTrees.size(tree) : 0;
    } catch (IOException gone) {
      return 0;
    }
  }
}
