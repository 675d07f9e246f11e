package dev.navarch.node.pods;

import dev.navarch.node.volumes.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Takes away what is left of pods that this node has nothing to do with any more, because an agent
/// was killed in between or something was still in use: control groups, logs.
record Leftovers(PodTools tools) {

  /// @param isKnown whether a pod is looked after, by its uid; pods that it does not know may not
  ///   get anything before it knows them
  void remove(Predicate<String> isKnown) throws IOException {
    for (String uid : tools.cgroups().present()) {
      if (!isKnown.test(uid)) {
        tools.cgroups().remove(uid);
      }
    }
    for (Path log : logs()) {
      String name = log.getFileName().toString();
      if (!isKnown.test(name.substring(name.lastIndexOf('_') + 1))) {
        FileTrees.delete(log);
      }
    }
  }

  private List<Path> logs() {
    Path folder = tools.config().dataDir().resolve("logs/pods");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> logs = Files.list(folder)) {
      return logs.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
