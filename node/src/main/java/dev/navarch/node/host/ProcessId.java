package dev.navarch.node.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// One process, told apart from a later one with the same number by its start time: so a recorded
/// id never ends somebody else's process.
///
/// @param startTicks clock ticks between boot and start, as `/proc/PID/stat` has it
public record ProcessId(long pid, long startTicks) {

  public static Optional<ProcessId> of(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      if (afterName[0].equals("Z")) {
        return Optional.empty();
      }
      return Optional.of(new ProcessId(pid, Long.parseLong(afterName[19])));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /// What {@link #write} left in a file; empty when there is none or it is cut.
  public static Optional<ProcessId> read(Path file) {
    try {
      String[] parts = Files.readString(file).strip().split(" ");
      return parts.length == 2
          ? Optional.of(new ProcessId(Long.parseLong(parts[0]), Long.parseLong(parts[1])))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  public void write(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, pid + " " + startTicks + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean isAlive() {
    return of(pid).equals(Optional.of(this));
  }

  /// Sends SIGTERM.
  public void terminate() {
    if (isAlive()) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
    }
  }

  /// Sends SIGKILL.
  public void kill() {
    if (isAlive()) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }
}
