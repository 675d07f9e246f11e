package dev.navarch.node.pods;

import dev.navarch.node.volumes.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Takes away what is left of pods that this node has nothing to do with any more, because an agent
/// was killed in between or something was still in use: control groups, logs.
record Leftovers(PodTools tools) {

  /// @param known whether there is a pod of a uid; nothing as long as that is not certain. It is
  ///   asked after the node was looked at: pods get nothing here before it knows them.
  void remove(Supplier<Optional<Predicate<String>>> known) throws IOException {
    Set<String> groups = tools.cgroups().present();
    List<Path> logs = logs();
    Optional<Predicate<String>> isKnown = known.get();
    if (isKnown.isEmpty()) {
      return;
    }
    for (String uid : groups) {
      if (!isKnown.get().test(uid)) {
        tools.cgroups().remove(uid);
      }
    }
    for (Path log : logs) {
      String name = log.getFileName().toString();
      if (!isKnown.get().test(name.substring(name.lastIndexOf('_') + 1))) {
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
