package dev.navarch.node.pods;

import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/// Keeps the logs of running containers from filling the disk: a log above its size is put aside
/// and begun anew, what was put aside before is packed, and the oldest go.
///
/// @param maxBytes of the log that is written to
/// @param maxFiles of one container, the one that is written to among them
public record LogRotation(
    NodeConfig config, ContainerRuntime runtime, InstantSource clock, long maxBytes, int maxFiles) {
  private static final String PACKED = ".gz";
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

  public void run() {
    for (Container container : runtime.containers("")) {
      if (container.getState() == ContainerState.CONTAINER_RUNNING) {
        Path log = log(container);
        try {
          if (Files.isRegularFile(log) && Files.size(log) > maxBytes) {
            rotate(container.getId(), log);
          }
        } catch (IOException e) {
          throw new UncheckedIOException("log " + log + " was not rotated", e);
        }
      }
    }
  }

  private Path log(Container container) {
    Map<String, String> labels = container.getLabelsMap();
    return config
        .podLogDir(
            labels.getOrDefault(CriNames.POD_NAMESPACE, ""),
            labels.getOrDefault(CriNames.POD_NAME, ""),
            labels.getOrDefault(CriNames.POD_UID, ""))
        .resolve(container.getMetadata().getName())
        .resolve(container.getMetadata().getAttempt() + ".log");
  }

  private void rotate(String container, Path log) throws IOException {
    List<Path> aside = aside(log);
    for (Path old : aside.subList(0, Math.max(0, aside.size() - (maxFiles - 2)))) {
      Files.deleteIfExists(old);
    }
    for (Path old : aside(log)) {
      if (!old.toString().endsWith(PACKED)) {
        pack(old);
      }
    }
    Path rotated = log.resolveSibling(log.getFileName() + "." + STAMP.format(clock.instant()));
    Files.move(log, rotated);
    try {
      runtime.reopenLog(container);
    } catch (CriException e) {
      Files.move(rotated, log);
      throw e;
    }
  }

  /// What was put aside of a log, oldest first.
  private static List<Path> aside(Path log) throws IOException {
    try (Stream<Path> files = Files.list(log.getParent())) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(log.getFileName() + "."))
          .sorted()
          .toList();
    }
  }

  private static void pack(Path file) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
    try (var out = new GZIPOutputStream(Files.newOutputStream(unfinished))) {
      Files.copy(file, out);
    }
    Files.move(unfinished, file.resolveSibling(file.getFileName() + PACKED));
    Files.delete(file);
  }
}
