package dev.navarch.node.stats;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// How long pods and containers stalled. Control groups of version 2 tell that, if the kernel does;
/// those of version 1 do not, and nothing is said there.
///
/// @param mount `/sys/fs/cgroup`
/// @param root what all pods' groups are below
record PodPressure(Path mount, String root) {
  private static final List<String> CLASSES = List.of("", "burstable", "besteffort");

  /// @param group of the pod, or of a container in it
  void into(ObjectNode node, String time, Optional<Path> group) {
    group.ifPresent(
        folder ->
            Stream.of("cpu", "memory", "io")
                .forEach(
                    what ->
                        Pressure.read(folder.resolve(what + ".pressure"))
                            .ifPresent(stalled -> put(node, time, what, stalled))));
  }

  private static void put(ObjectNode node, String time, String what, Pressure stalled) {
    if (!node.has(what)) {
      node.putObject(what).put("time", time);
    }
    stalled.into(node.path(what).asObject());
  }

  Optional<Path> pod(String uid) {
    if (!Files.exists(mount.resolve("cgroup.controllers"))) {
      return Optional.empty();
    }
    Path pods = mount.resolve(root.substring(1)).resolve("kubepods");
    return CLASSES.stream()
        .map(each -> pods.resolve(each).resolve("pod" + uid))
        .filter(Files::isDirectory)
        .findFirst();
  }

  Optional<Path> container(String uid, String id) {
    return pod(uid).map(pod -> pod.resolve(id)).filter(Files::isDirectory);
  }
}
