package dev.navarch.node.stats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// How long work stalled for want of something, as the kernel tells it (PSI): when some of it had
/// to wait, and when all of it had to.
///
/// @param full empty where the kernel does not tell
public record Pressure(Stall some, Optional<Stall> full) {

  /// @param average10 percent of the last ten seconds
  /// @param micros microseconds since the start
  public record Stall(double average10, double average60, double average300, long micros) {}

  /// @param file `/proc/pressure/cpu`, or the same of a cgroup; empty where there is none
  static Optional<Pressure> read(Path file) {
    try {
      List<String> lines = Files.readAllLines(file);
      Optional<Stall> full = stall(lines, "full ");
      return stall(lines, "some ").map(some -> new Pressure(some, full));
    } catch (IOException unsupported) {
      return Optional.empty();
    }
  }

  private static Optional<Stall> stall(List<String> lines, String which) {
    return lines.stream()
        .filter(line -> line.startsWith(which))
        .map(line -> line.substring(which.length()).split("[ =]"))
        .filter(words -> words.length == 8)
        .map(
            words ->
                new Stall(
                    Double.parseDouble(words[1]),
                    Double.parseDouble(words[3]),
                    Double.parseDouble(words[5]),
                    Long.parseLong(words[7])))
        .findFirst();
  }

  /// As the summary has it: totals in nanoseconds.
  void into(ObjectNode parent) {
    ObjectNode psi = parent.putObject("psi");
    full.ifPresent(stall -> put(psi.putObject("full"), stall));
    put(psi.putObject("some"), some);
  }

  private static void put(ObjectNode into, Stall stall) {
    into.put("total", stall.micros() * 1000)
        .put("avg10", stall.average10())
        .put("avg60", stall.average60())
        .put("avg300", stall.average300());
  }
}
