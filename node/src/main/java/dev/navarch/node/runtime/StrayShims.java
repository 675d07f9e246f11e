package dev.navarch.node.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Shims of containers that their containerd lost when it was killed: they, and what they hold,
/// would run for ever, out of everybody's sight. With its shim dead, containerd clears away the
/// rest.
///
/// @param socket the containerd's, by which its shims are told from others'
/// @param processes `/proc`
public record StrayShims(Path socket, Path processes) {
  private static final Logger LOG = LoggerFactory.getLogger(StrayShims.class);

  /// Kills those that are older than the containerd, which therefore is not just starting them.
  ///
  /// @param since when this containerd was started
  /// @param known the ids of all its sandboxes and containers
  public void kill(Instant since, Set<String> known) {
    ProcessHandle.allProcesses()
        .filter(process -> isOlder(process, since))
        .forEach(
            process ->
                shim(process)
                    .filter(id -> !known.contains(id))
                    .ifPresent(
                        id -> {
                          LOG.atWarn()
                              .addKeyValue("id", id)
                              .addKeyValue("pid", process.pid())
                              .log("a container that its runtime has lost is ended");
                          process.destroyForcibly();
                        }));
  }

  private static boolean isOlder(ProcessHandle process, Instant since) {
    return process.info().startInstant().filter(since::isAfter).isPresent();
  }

  /// The id of the container that a process is the shim of.
  private Optional<String> shim(ProcessHandle process) {
    List<String> words;
    try {
      Path line = processes.resolve(Long.toString(process.pid())).resolve("cmdline");
      words = List.of(Files.readString(line).split("\0", -1));
    } catch (IOException gone) {
      return Optional.empty();
    }
    boolean ours =
        Path.of(words.getFirst()).endsWith("containerd-shim-runc-v2")
            && after(words, "-address").filter(socket.toString()::equals).isPresent();
    return ours ? after(words, "-id") : Optional.empty();
  }

  private static Optional<String> after(List<String> words, String flag) {
    int at = words.indexOf(flag);
    return at < 0 || at + 1 >= words.size() ? Optional.empty() : Optional.of(words.get(at + 1));
  }
}
