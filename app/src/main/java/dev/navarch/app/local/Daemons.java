package dev.navarch.app.local;

import dev.navarch.node.host.Cgroup;
import dev.navarch.node.host.Commands;
import dev.navarch.node.host.ProcessId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Starts the cluster's processes inside their node's namespaces and control group, and finds them
/// again by their recorded ids. They outlive the command that started them.
final class Daemons {
  /// Folders that the runtime and the CNI plugins use whatever they are told: each node gets its
  /// own.
  private static final List<String> NODE_FOLDERS =
      List.of("/run/netns", "/run/containerd", "/var/lib/cni");

  /// What is mounted on a node must be below the same path for everybody there: storage drivers
  /// expect the agent's folder here.
  static final Path KUBELET = Path.of("/var/lib/kubelet");

  private final Layout layout;

  Daemons(Layout layout) {
    this.layout = layout;
  }

  Optional<ProcessId> running(String component) {
    return ProcessId.read(layout.pid(component)).filter(ProcessId::isAlive);
  }

  /// Starts a process unless its recorded one lives.
  ///
  /// @param place the node whose namespaces it runs in; empty for the machine itself
  /// @return whether it was started now
  boolean ensure(String component, Optional<NodePlace> place, List<String> command) {
    if (running(component).isPresent()) {
      return false;
    }
    List<String> argv = new ArrayList<>();
    argv.add("setsid");
    place.ifPresent(
        node -> {
          prepareMounts(node);
          Cgroup group = new Cgroup(node.cgroup()).child("system");
          group.create();
          argv.addAll(
              List.of(
                  "sh",
                  "-c",
                  "echo $$ > \"$0\" && exec \"$@\"",
                  group.membership().resolve("cgroup.procs").toString(),
                  "nsenter",
                  "--net=/run/netns/" + node.netns(),
                  "--mount=" + node.mountNamespace()));
        });
    argv.addAll(command);
    Path log = layout.log(component);
    try {
      Files.createDirectories(log.getParent());
      Files.createDirectories(layout.run());
      Process process =
          new ProcessBuilder(argv)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      process.getOutputStream().close();
      ProcessId.of(process.pid())
          .orElseThrow(() -> new UserError(component + " ended at once", "read " + log))
          .write(layout.pid(component));
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(component + " could not be started", e);
    }
  }

  /// Asks a process to end, and ends it when it does not within the limit.
  void stop(String component, Duration limit) {
    Optional<ProcessId> process = running(component);
    process.ifPresent(ProcessId::terminate);
    long deadline = System.nanoTime() + limit.toNanos();
    while (process.isPresent() && process.get().isAlive() && System.nanoTime() < deadline) {
      pause();
    }
    process.ifPresent(ProcessId::kill);
    try {
      Files.deleteIfExists(layout.pid(component));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A mount namespace for the node: whatever it mounts is invisible to the machine, and gone with
  /// its last process.
  private void prepareMounts(NodePlace node) {
    Path file = node.mountNamespace();
    if (isMountPoint(file)) {
      return;
    }
    try {
      for (String hidden : NODE_FOLDERS) {
        Files.createDirectories(Path.of(hidden));
        Files.createDirectories(ownFolder(node, hidden));
      }
      Files.createDirectories(KUBELET);
      Files.createDirectories(node.data());
      if (!isMountPoint(layout.run())) {
        Commands.run("mount", "--bind", layout.run().toString(), layout.run().toString());
        Commands.run("mount", "--make-private", layout.run().toString());
      }
      if (!Files.exists(file)) {
        Files.createFile(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String binds =
        NODE_FOLDERS.stream()
            .map(hidden -> "mount --bind '%s' %s && ".formatted(ownFolder(node, hidden), hidden))
            .collect(Collectors.joining());
    Commands.run(
        "unshare",
        "--mount=" + file,
        "--propagation",
        "private",
        "sh",
        "-c",
        binds + "mount --bind '%s' %s && mount --make-rshared /".formatted(node.data(), KUBELET));
  }

  private static Path ownFolder(NodePlace node, String hidden) {
    return node.run().resolve("own").resolve(hidden.substring(1));
  }

  /// Lets go of a node's mount namespace: with its processes gone, its mounts go too.
  void releaseMounts(NodePlace node) {
    unmount(node.mountNamespace());
  }

  /// Lets go of what all nodes shared; of folders that only stood there to be hidden, nothing
  /// stays.
  void releaseRunFolder() {
    unmount(layout.run());
    if (isLastCluster()) {
      NODE_FOLDERS.forEach(hidden -> Path.of(hidden).toFile().delete());
      KUBELET.toFile().delete();
    }
  }

  /// Removing a folder takes away what is mounted there in every namespace: other clusters' nodes
  /// would lose theirs.
  private boolean isLastCluster() {
    try (Stream<Path> clusters = Files.list(layout.run().resolveSibling(""))) {
      return clusters.allMatch(layout.run()::equals);
    } catch (IOException e) {
      return false;
    }
  }

  private static void unmount(Path path) {
    while (isMountPoint(path)) {
      if (!Commands.succeeds("umount", path.toString())) {
        Commands.run("umount", "--lazy", path.toString());
      }
    }
  }

  private static boolean isMountPoint(Path path) {
    try {
      return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
          .anyMatch(line -> line.split(" ")[4].equals(path.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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
