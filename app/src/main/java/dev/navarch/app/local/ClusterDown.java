package dev.navarch.app.local;

import dev.navarch.node.host.Cgroup;
import dev.navarch.node.host.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Takes a cluster off this machine: processes, namespaces, links, routes, packet filter tables,
/// mounts, control groups and files, whatever state a crash left them in. What is killed is found
/// by recorded ids and by the cluster's own control group, never by name.
public final class ClusterDown {
  static final String SERVER = "server";
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final ClusterSpec spec;
  private final Layout layout;
  private final Progress progress;
  private final Daemons daemons;

  public ClusterDown(ClusterSpec spec, Layout layout, Progress progress) {
    this.spec = spec;
    this.layout = layout;
    this.progress = progress;
    this.daemons = new Daemons(layout);
  }

  static String agentOf(NodePlace place) {
    return "agent-" + place.name();
  }

  /// @param keepData whether a later `up` shall find the objects, images and volumes again
  public void run(boolean keepData) {
    List<NodePlace> places = spec.places(layout);
    progress.step(
        "stop the processes",
        () -> {
          places.forEach(place -> daemons.stop(agentOf(place), GRACE));
          daemons.stop(SERVER, GRACE);
          places.forEach(this::endNode);
          if (spec.hasMachines()) {
            require(new Cgroup(layout.cgroup()).destroy());
          }
        });
    if (spec.hasMachines()) {
      progress.step(
          "remove the network",
          () -> {
            new Switchboard(spec).remove(places);
            daemons.releaseRunFolder();
          });
    }
    progress.step(
        keepData ? "keep the data in " + layout.data() : "remove the data",
        () -> {
          delete(layout.run());
          if (!keepData) {
            layout.owned().forEach(ClusterDown::delete);
            layout.data().toFile().delete();
          }
          removeIfEmpty(layout.run().resolve("..").normalize());
          removeIfEmpty(layout.data().resolve("..").normalize());
          removeSharedCgroup();
        });
  }

  /// Takes one node off a running cluster.
  public void removeNode(NodePlace place) {
    daemons.stop(agentOf(place), GRACE);
    endNode(place);
    new Switchboard(spec).unplug(place);
    delete(place.run());
    delete(place.data());
  }

  private void endNode(NodePlace place) {
    Cgroup group = new Cgroup(place.cgroup());
    require(group.destroy());
    daemons.releaseMounts(place);
    try {
      Files.deleteIfExists(place.mountNamespace());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void require(boolean gone) {
    if (!gone) {
      throw new UserError(
          "some processes of the cluster do not end, or their control group is busy: "
              + new Cgroup(layout.cgroup()).processes(),
          "run `navarch down` again; if it stays, a process hangs in the kernel: `ps -o pid,stat,wchan`");
    }
  }

  /// The group above all clusters goes with the last one.
  private static void removeSharedCgroup() {
    for (Path directory : new Cgroup("/navarch").directories()) {
      removeIfEmpty(directory);
    }
  }

  private static void removeIfEmpty(Path folder) {
    if (folder.getFileName().toString().equals("navarch")) {
      folder.toFile().delete();
    }
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(folder)) {
      tree.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      throw new UserError(
          "%s cannot be removed: %s".formatted(folder, e.getMessage()),
          "remove it by hand: `rm -r %s`".formatted(folder));
    }
    if (Files.exists(folder)) {
      Commands.run("rm", "-rf", "--one-file-system", folder.toString());
    }
  }
}
