package dev.navarch.node.stats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The whole machine at one moment, as `/proc` shows it.
///
/// @param cpuNanos processor time used since the start, over all processors
/// @param memory the lines of `/proc/meminfo`, in bytes
/// @param faults page faults and major page faults since the start
/// @param interfaces network interfaces without the loopback
public record Machine(
    long cpuNanos,
    Map<String, Long> memory,
    Faults faults,
    List<Interface> interfaces,
    long processes,
    long maxProcesses) {
  private static final long NANOS_PER_TICK = 10_000_000;

  record Faults(long all, long major) {}

  /// Counters of one network interface.
  record Interface(String name, long rxBytes, long rxErrors, long txBytes, long txErrors) {}

  /// @param proc `/proc`, or a copy of the files below it
  public static Machine read(Path proc) {
    Map<String, Long> memory = new HashMap<>();
    for (String line : lines(proc.resolve("meminfo"))) {
      String[] words = line.split("[:\\s]+");
      memory.put(words[0], Long.parseLong(words[1]) * 1024);
    }
    long all = 0;
    long major = 0;
    for (String line : lines(proc.resolve("vmstat"))) {
      if (line.startsWith("pgfault ")) {
        all = Long.parseLong(line.substring("pgfault ".length()));
      } else if (line.startsWith("pgmajfault ")) {
        major = Long.parseLong(line.substring("pgmajfault ".length()));
      }
    }
    String[] load = lines(proc.resolve("loadavg")).getFirst().split("[ /]");
    long most = Long.parseLong(lines(proc.resolve("sys/kernel/pid_max")).getFirst().strip());
    return new Machine(
        cpuNanos(lines(proc.resolve("stat")).getFirst()),
        Map.copyOf(memory),
        new Faults(all, major),
        interfaces(proc.resolve("net/dev")),
        Long.parseLong(load[4]),
        most);
  }

  /// Everything but idling and waiting for disks; guests are counted in `user` already.
  private static long cpuNanos(String line) {
    String[] words = line.split("\\s+");
    long ticks = 0;
    for (int i = 1; i < Math.min(words.length, 9); i++) {
      if (i != 4 && i != 5) {
        ticks += Long.parseLong(words[i]);
      }
    }
    return ticks * NANOS_PER_TICK;
  }

  /// The interfaces that `/proc/<pid>/net/dev` shows.
  static List<Interface> interfaces(Path file) {
    List<Interface> found = new ArrayList<>();
    List<String> lines = lines(file);
    for (String line : lines.subList(Math.min(2, lines.size()), lines.size())) {
      String[] words = line.strip().split("[:\\s]+");
      if (!words[0].equals("lo")) {
        found.add(
            new Interface(
                words[0],
                Long.parseLong(words[1]),
                Long.parseLong(words[3]),
                Long.parseLong(words[9]),
                Long.parseLong(words[11])));
      }
    }
    return found;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException gone) {
      return List.of();
    }
  }

  public long memory(String line) {
    return memory.getOrDefault(line, 0L);
  }

  long memoryUsed() {
    return memory("MemTotal") - memory("MemFree");
  }

  /// What cannot be taken back without hurting anybody.
  public long workingSet() {
    return Math.max(0, memoryUsed() - memory("Inactive(file)"));
  }
}
