package dev.navarch.app.local;

import dev.navarch.app.NodeProcess;
import dev.navarch.node.host.Commands;
import dev.navarch.node.runtime.Containerd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Image archives onto every node of a cluster on this machine.
public final class Images {
  private Images() {}

  public static void load(ClusterSpec spec, Layout layout, Path archive, Consumer<String> say) {
    if (!Files.isReadable(archive)) {
      throw new UserError(
          "the archive %s does not exist or cannot be read".formatted(archive),
          "give the path of an OCI or docker archive, as `docker save` and `skopeo copy` make it");
    }
    List<NodePlace> places = spec.places(layout);
    if (places.isEmpty()) {
      throw new UserError(
          "cluster '%s' has no nodes with containers".formatted(spec.name()),
          "start one with `navarch up --nodes 2`");
    }
    for (NodePlace place : places) {
      Containerd containerd = NodeProcess.containerd(place.data(), place.run());
      if (!containerd.answers()) {
        throw new UserError(
            "the container runtime of %s does not answer".formatted(place.name()),
            "look at `navarch status`, and bring the cluster up with `navarch up`");
      }
      try {
        containerd
            .load(archive.toAbsolutePath())
            .lines()
            .filter(line -> line.startsWith("unpacking "))
            .map(line -> line.substring("unpacking ".length()).split(" ", 2)[0])
            .forEach(image -> say.accept("%s: %s".formatted(place.name(), image)));
      } catch (Commands.CommandException e) {
        throw new UserError(
            "%s is no image archive that %s takes: %s"
                .formatted(archive, place.name(), e.getMessage()),
            "give an OCI or docker archive, as `docker save` and `skopeo copy` make it");
      }
    }
  }
}
