package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/// A cgroup for each pod below the node's own root, by quality of service, so that the pod as a
/// whole gets its share and no more than its limits. Works on cgroup v1 and v2, without systemd.
///
/// @param mount `/sys/fs/cgroup`
/// @param root of this node, as `/navarch/east/node-1`
record Cgroups(Path mount, String root) {
  private static final List<String> V1_CONTROLLERS =
      List.of(
          "cpu",
          "cpuacct",
          "cpuset",
          "memory",
          "pids",
          "blkio",
          "devices",
          "freezer",
          "hugetlb",
          "net_cls",
          "net_prio",
          "perf_event",
          "rdma",
          "misc",
          "systemd");

  /// The parent of the pod's containers, as the runtime is told.
  String parent(Pod pod) {
    String folder = Amounts.Qos.of(pod).folder();
    return root
        + "/kubepods/"
        + (folder.isEmpty() ? "" : folder + "/")
        + "pod"
        + pod.getMetadata().getUid();
  }

  void create(Pod pod) throws IOException {
    String parent = parent(pod);
    Map<String, Quantity> ownLimits = Amounts.limits(pod.getSpec().getResources());
    Map<String, Quantity> ownRequests = Amounts.requests(pod.getSpec().getResources());
    long shares =
        Amounts.shares(
            Amounts.milliCpu(ownRequests)
                .orElse(sum(pod, c -> Amounts.milliCpu(Amounts.requests(c)).orElse(0))));
    long quota =
        ownLimits.containsKey("cpu")
            ? Amounts.quota(ownLimits)
            : sumOrNone(pod, c -> Amounts.quota(Amounts.limits(c)));
    OptionalLong ownMemory = Amounts.bytes(ownLimits, "memory");
    long memory =
        ownMemory.isPresent()
            ? ownMemory.getAsLong()
            : sumOrNone(pod, c -> Amounts.bytes(Amounts.limits(c), "memory").orElse(0));
    if (isV2()) {
      createV2(parent, shares, quota, memory);
    } else {
      createV1(parent, shares, quota, memory);
    }
  }

  /// Takes the pod's cgroup away; whatever still runs in it keeps it there.
  void remove(String podUid) {
    for (Path hierarchy : hierarchies()) {
      for (Amounts.Qos qos : Amounts.Qos.values()) {
        Path pod =
            hierarchy.resolve(root.substring(1) + "/kubepods/" + qos.folder() + "/pod" + podUid);
        removeTree(pod.normalize());
      }
    }
  }

  private void createV1(String parent, long shares, long quota, long memory) throws IOException {
    if (Files.isDirectory(mount.resolve("cpu"))) {
      Path cpu = Files.createDirectories(mount.resolve("cpu" + parent));
      Files.writeString(cpu.resolve("cpu.shares"), String.valueOf(shares));
      if (quota > 0) {
        Files.writeString(cpu.resolve("cpu.cfs_period_us"), String.valueOf(Amounts.CPU_PERIOD));
        Files.writeString(cpu.resolve("cpu.cfs_quota_us"), String.valueOf(quota));
      }
    }
    if (Files.isDirectory(mount.resolve("memory"))) {
      Path dir = Files.createDirectories(mount.resolve("memory" + parent));
      if (memory > 0) {
        Files.writeString(dir.resolve("memory.limit_in_bytes"), String.valueOf(memory));
      }
    }
  }

  private void createV2(String parent, long shares, long quota, long memory) throws IOException {
    Path dir = mount;
    for (Path name : Path.of(parent.substring(1))) {
      Path control = dir.resolve("cgroup.subtree_control");
      Set<String> offered =
          Set.of(Files.readString(dir.resolve("cgroup.controllers")).split("\\s+"));
      for (String controller : List.of("cpu", "memory", "pids", "cpuset", "io", "hugetlb")) {
        if (offered.contains(controller)) {
          Files.writeString(control, "+" + controller);
        }
      }
      dir = dir.resolve(name);
      Files.createDirectories(dir);
    }
    long weight = 1 + (shares - 2) * 9999 / 262142;
    Files.writeString(dir.resolve("cpu.weight"), String.valueOf(weight));
    if (quota > 0) {
      Files.writeString(dir.resolve("cpu.max"), quota + " " + Amounts.CPU_PERIOD);
    }
    if (memory > 0) {
      Files.writeString(dir.resolve("memory.max"), String.valueOf(memory));
    }
  }

  private boolean isV2() {
    return Files.exists(mount.resolve("cgroup.controllers"));
  }

  private List<Path> hierarchies() {
    return isV2()
        ? List.of(mount)
        : V1_CONTROLLERS.stream().map(mount::resolve).filter(Files::isDirectory).toList();
  }

  private static void removeTree(Path cgroup) {
    if (!Files.isDirectory(cgroup)) {
      return;
    }
    try (Stream<Path> children = Files.list(cgroup)) {
      children.filter(Files::isDirectory).forEach(Cgroups::removeTree);
      Files.delete(cgroup);
    } catch (IOException stillInUse) {
      org.slf4j.LoggerFactory.getLogger(Cgroups.class)
          .atDebug()
          .addKeyValue("cgroup", cgroup)
          .log("cgroup is still in use");
    }
  }

  private static long sum(Pod pod, ToLongFunction<Container> amount) {
    return Amounts.all(pod)
        .filter(c -> pod.getSpec().getContainers().contains(c) || Containers.isSidecar(c))
        .mapToLong(amount)
        .sum();
  }

  /// A limit of the pod only if every container has one.
  private static long sumOrNone(Pod pod, ToLongFunction<Container> amount) {
    boolean all = Amounts.all(pod).allMatch(container -> amount.applyAsLong(container) > 0);
    long init = pod.getSpec().getInitContainers().stream().mapToLong(amount).max().orElse(0);
    return all ? Math.max(sum(pod, amount), init) : 0;
  }
}
