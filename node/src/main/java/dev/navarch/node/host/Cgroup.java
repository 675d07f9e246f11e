package dev.navarch.node.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// One control group by its path (`/navarch/node1`), in every hierarchy of cgroup v1 or in the one
/// of v2. What runs below it is provably ours.
public final class Cgroup {
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");

  private final String path;

  public Cgroup(String path) {
    if (!path.startsWith("/") || path.length() < 2 || path.contains("..")) {
      throw new IllegalArgumentException("not a cgroup path: " + path);
    }
    this.path = path;
  }

  public static boolean isUnified() {
    return Files.exists(MOUNT.resolve("cgroup.controllers"));
  }

  public String path() {
    return path;
  }

  public Cgroup child(String name) {
    return new Cgroup(path + "/" + name);
  }

  /// This group's directory in every hierarchy.
  public List<Path> directories() {
    if (isUnified()) {
      return List.of(MOUNT.resolve(path.substring(1)));
    }
    List<Path> directories = new ArrayList<>();
    try (DirectoryStream<Path> hierarchies = Files.newDirectoryStream(MOUNT)) {
      for (Path hierarchy : hierarchies) {
        if (Files.isDirectory(hierarchy)
            && !Files.isSymbolicLink(hierarchy)
            && Files.exists(hierarchy.resolve("cgroup.procs"))) {
          directories.add(hierarchy.resolve(path.substring(1)));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return directories;
  }

  /// The directory that processes are moved into to belong to this group: one hierarchy is enough
  /// to find them again.
  public Path membership() {
    return isUnified()
        ? MOUNT.resolve(path.substring(1))
        : MOUNT.resolve("pids").resolve(path.substring(1));
  }

  public void create() {
    try {
      Files.createDirectories(membership());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The processes in this group and all below it, in any hierarchy.
  public Set<Long> processes() {
    Set<Long> pids = new TreeSet<>();
    for (Path directory : directories()) {
      for (Path group : below(directory)) {
        readPids(group.resolve("cgroup.procs"), pids);
      }
    }
    return pids;
  }

  /// Kills every process of the group, also those that are being born meanwhile, then removes the
  /// group. Returns false when some would not go.
  public boolean destroy() {
    for (int round = 0; round < 100; round++) {
      Set<Long> pids = processes();
      if (pids.isEmpty()) {
        break;
      }
      pids.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      pause();
    }
    return removeAll();
  }

  private boolean removeAll() {
    for (int round = 0; round < 50; round++) {
      boolean left = false;
      for (Path directory : directories()) {
        for (Path group : below(directory)) {
          left |= Files.exists(group) && !group.toFile().delete();
        }
      }
      if (!left) {
        return true;
      }
      pause();
    }
    return false;
  }

  /// Deepest first.
  private static List<Path> below(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> tree = Files.walk(directory)) {
      return tree.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList();
    } catch (IOException | UncheckedIOException changing) {
      return List.of(directory);
    }
  }

  private static void readPids(Path file, Set<Long> into) {
    try {
      Files.readAllLines(file).forEach(line -> into.add(Long.parseLong(line)));
    } catch (IOException gone) {
      // the group went away between the walk and the read
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
