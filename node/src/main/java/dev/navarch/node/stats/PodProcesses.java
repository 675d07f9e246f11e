package dev.navarch.node.stats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The processes of a pod, found by its cgroup; through one of them, the pod's own network.
///
/// @param mount `/sys/fs/cgroup`
/// @param root the node's cgroup, as `/navarch/east/node-1`
/// @param proc `/proc`
public record PodProcesses(Path mount, String root, Path proc) {
  private static final List<String> CLASSES = List.of("", "burstable", "besteffort");

  List<Long> of(String podUid) {
    Path hierarchy =
        Files.exists(mount.resolve("cgroup.controllers")) ? mount : mount.resolve("memory");
    List<Long> found = new ArrayList<>();
    for (String quality : CLASSES) {
      Path pod =
          hierarchy
              .resolve(root.substring(1))
              .resolve("kubepods")
              .resolve(quality)
              .resolve("pod" + podUid);
      if (Files.isDirectory(pod)) {
        collect(pod, found);
      }
    }
    return found;
  }

  List<Machine.Interface> network(List<Long> processes) {
    return processes.isEmpty()
        ? List.of()
        : Machine.interfaces(proc.resolve(processes.getFirst() + "/net/dev"));
  }

  private static void collect(Path cgroup, List<Long> into) {
    try (Stream<Path> children = Files.list(cgroup)) {
      Files.readAllLines(cgroup.resolve("cgroup.procs"))
          .forEach(pid -> into.add(Long.valueOf(pid)));
      children.filter(Files::isDirectory).forEach(child -> collect(child, into));
    } catch (IOException gone) {
      // Its processes have ended meanwhile.
    }
  }
}
