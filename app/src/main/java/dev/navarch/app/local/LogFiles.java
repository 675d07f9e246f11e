package dev.navarch.app.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The log files of a cluster's own processes.
public final class LogFiles {
  private LogFiles() {}

  /// The command that shows a component's log.
  ///
  /// @param lines -1 for all
  public static List<String> tailCommand(
      Layout layout, String component, int lines, boolean follow) {
    Path file = layout.log(component);
    if (!Files.exists(file)) {
      throw new UserError(
          "there is no log of '%s'".formatted(component),
          "there are: " + names(file.resolveSibling(".").normalize()));
    }
    List<String> command = new ArrayList<>(List.of("tail"));
    command.add(lines < 0 ? "--lines=+1" : "--lines=" + lines);
    if (follow) {
      command.add("--follow=name");
    }
    command.add(file.toString());
    return command;
  }

  private static String names(Path folder) {
    if (!Files.isDirectory(folder)) {
      return "none yet";
    }
    try (Stream<Path> files = Files.list(folder)) {
      return String.join(
          ", ",
          files.map(file -> file.getFileName().toString().replace(".log", "")).sorted().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
