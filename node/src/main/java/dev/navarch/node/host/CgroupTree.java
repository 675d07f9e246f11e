package dev.navarch.node.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The control groups of a machine by path, whether they stand in one hierarchy (v2) or in one for
/// each controller (v1). What a controller that this machine does not have would limit stays
/// unlimited.
///
/// @param mount `/sys/fs/cgroup`, or a copy of the files below it
public record CgroupTree(Path mount) {
  private static final Logger LOG = LoggerFactory.getLogger(CgroupTree.class);
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
  private static final List<String> V2_CONTROLLERS =
      List.of("cpu", "memory", "pids", "cpuset", "io", "hugetlb");

  public boolean isV2() {
    return Files.exists(mount.resolve("cgroup.controllers"));
  }

  /// Whether the machine has this controller.
  public boolean has(String controller) {
    return isV2()
        ? words(mount.resolve("cgroup.controllers")).contains(controller)
        : Files.isDirectory(mount.resolve(controller));
  }

  public boolean exists(String path) {
    return Files.isDirectory(directory(isV2() ? "" : "memory", path));
  }

  /// Makes a group and those above it, with every controller that limits anything.
  public void create(String path) {
    try {
      if (!isV2()) {
        for (String controller : List.of("cpu", "memory", "pids")) {
          if (has(controller)) {
            Files.createDirectories(directory(controller, path));
          }
        }
        return;
      }
      Path dir = mount;
      for (Path name : Path.of(path.substring(1))) {
        pass(dir);
        dir = dir.resolve(name);
        Files.createDirectories(dir);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void pass(Path dir) throws IOException {
    Set<String> offered = words(dir.resolve("cgroup.controllers"));
    Path control = dir.resolve("cgroup.subtree_control");
    Set<String> passed = words(control);
    for (String controller : V2_CONTROLLERS) {
      if (offered.contains(controller) && !passed.contains(controller)) {
        Files.writeString(control, "+" + controller);
      }
    }
  }

  /// Writes one value, if the machine has the controller.
  public void set(String path, String controller, String file, String value) throws IOException {
    Path dir = directory(controller, path);
    if (has(controller) && Files.isDirectory(dir)) {
      Files.writeString(dir.resolve(file), value);
    }
  }

  public Optional<String> get(String path, String controller, String file) {
    try {
      return Optional.of(Files.readString(directory(controller, path).resolve(file)).strip());
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /// What stands behind a word in a file of lines as `inactive_file 4096`.
  public long figure(String path, String controller, String file, String word) {
    return get(path, controller, file).stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith(word + " "))
        .mapToLong(line -> Long.parseLong(line.substring(word.length() + 1).strip()))
        .findFirst()
        .orElse(0);
  }

  /// The names of the groups right below one, in any hierarchy.
  public Set<String> children(String path) {
    Set<String> names = new TreeSet<>();
    for (String hierarchy : hierarchies()) {
      try (Stream<Path> children = Files.list(directory(hierarchy, path))) {
        children.filter(Files::isDirectory).forEach(dir -> names.add(dir.getFileName().toString()));
      } catch (IOException none) {
        // No such group in this hierarchy: it has no children there.
      }
    }
    return names;
  }

  /// Kills every process in a group and all below it.
  public void end(String path) {
    for (String hierarchy : hierarchies()) {
      try (Stream<Path> tree = Files.walk(directory(hierarchy, path))) {
        for (Path file : tree.filter(each -> each.endsWith("cgroup.procs")).toList()) {
          for (String pid : Files.readAllLines(file)) {
            ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
          }
        }
      } catch (IOException | UncheckedIOException gone) {
        // The group has gone meanwhile, and its processes with it.
      }
    }
  }

  private List<String> hierarchies() {
    return isV2() ? List.of("") : V1_CONTROLLERS;
  }

  /// Takes a group and all below it away; whatever still runs in it keeps it there.
  public void remove(String path) {
    hierarchies().forEach(hierarchy -> removeTree(directory(hierarchy, path)));
  }

  public Path directory(String controller, String path) {
    Path hierarchy = isV2() ? mount : mount.resolve(controller);
    return hierarchy.resolve(path.substring(1)).normalize();
  }

  private static Set<String> words(Path file) {
    try {
      return Set.of(Files.readString(file).strip().split("\\s+"));
    } catch (IOException | IllegalArgumentException none) {
      return Set.of();
    }
  }

  private static void removeTree(Path cgroup) {
    if (!Files.isDirectory(cgroup)) {
      return;
    }
    try (Stream<Path> children = Files.list(cgroup)) {
      children.filter(Files::isDirectory).forEach(CgroupTree::removeTree);
      Files.delete(cgroup);
    } catch (IOException stillInUse) {
      LOG.atDebug().addKeyValue("cgroup", cgroup).log("cgroup is still in use");
    }
  }
}
