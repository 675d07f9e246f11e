package dev.navarch.node.volumes;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Where the volumes of pods are, by paths that are upstream's:
/// `pods/<uid>/volumes/kubernetes.io~configmap/<name>`.
///
/// @param root the agent's data folder
record PodFolders(Path root) {

  Path of(String podUid) {
    return root.resolve("pods").resolve(podUid);
  }

  Path volume(Pod pod, String plugin, String name) {
    return of(pod.getMetadata().getUid())
        .resolve("volumes")
        .resolve("kubernetes.io~" + plugin)
        .resolve(name);
  }

  /// The place of a part of a volume for one mount of one container.
  Path subPath(Pod pod, String volume, String container, int index) {
    return of(pod.getMetadata().getUid())
        .resolve("volume-subpaths")
        .resolve(volume)
        .resolve(container)
        .resolve(String.valueOf(index));
  }

  /// A file that says that a volume was set up before.
  Path readyMark(Pod pod, String plugin, String name) {
    return of(pod.getMetadata().getUid())
        .resolve("plugins")
        .resolve("kubernetes.io~" + plugin)
        .resolve(name)
        .resolve("ready");
  }

  /// Pods that have a folder here, by uid.
  List<String> present() throws IOException {
    Path pods = root.resolve("pods");
    if (!Files.isDirectory(pods)) {
      return List.of();
    }
    try (Stream<Path> dirs = Files.list(pods)) {
      return dirs.map(dir -> dir.getFileName().toString()).toList();
    }
  }
}
