package dev.navarch.node.topology;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/// How a machine's processors lie: which of them are threads of one core, which cores share a
/// cache, a socket, a memory node.
public record CpuTopology(List<Cpu> cpus) {

  /// One processor.
  ///
  /// @param core unique on the machine
  /// @param cache the last-level cache that it shares with others
  public record Cpu(int id, int core, int cache, int socket, int numa) {}

  public CpuTopology {
    cpus = List.copyOf(cpus);
  }

  /// @param sys `/sys`, or a copy of the files below it
  public static CpuTopology read(Path sys) {
    Path folder = sys.resolve("devices/system/cpu");
    CpuSet online = CpuSet.parse(text(folder.resolve("online"), "0"));
    List<Cpu> cpus = new ArrayList<>();
    for (int id : online.numbers()) {
      Path cpu = folder.resolve("cpu" + id);
      int socket = number(cpu.resolve("topology/physical_package_id"), 0);
      CpuSet siblings =
          CpuSet.parse(text(cpu.resolve("topology/thread_siblings_list"), String.valueOf(id)));
      CpuSet sharing =
          CpuSet.parse(text(cpu.resolve("cache/index3/shared_cpu_list"), siblings.toString()));
      int core = siblings.isEmpty() ? id : siblings.numbers().first();
      int cache = sharing.isEmpty() ? core : sharing.numbers().first();
      cpus.add(new Cpu(id, core, cache, Math.max(0, socket), numa(cpu)));
    }
    return new CpuTopology(cpus);
  }

  private static int numa(Path cpu) {
    if (!Files.isDirectory(cpu)) {
      return 0;
    }
    try (Stream<Path> entries = Files.list(cpu)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> name.matches("node[0-9]+"))
          .mapToInt(name -> Integer.parseInt(name.substring("node".length())))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int number(Path file, int otherwise) {
    return Integer.parseInt(text(file, String.valueOf(otherwise)));
  }

  private static String text(Path file, String otherwise) {
    try {
      return Files.exists(file) ? Files.readString(file).strip() : otherwise;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public CpuSet all() {
    return CpuSet.of(cpus.stream().map(Cpu::id).toList());
  }

  /// Memory nodes of the machine.
  public CpuSet numaNodes() {
    return CpuSet.of(cpus.stream().map(Cpu::numa).toList());
  }

  int threadsPerCore() {
    return groups(all(), Cpu::core).values().stream().mapToInt(CpuSet::size).max().orElse(1);
  }

  /// The processors of some memory nodes.
  CpuSet inNuma(CpuSet nodes) {
    return CpuSet.of(
        cpus.stream().filter(c -> nodes.numbers().contains(c.numa())).map(Cpu::id).toList());
  }

  /// Sockets that some memory nodes are in.
  CpuSet socketsOf(CpuSet nodes) {
    return CpuSet.of(
        cpus.stream().filter(c -> nodes.numbers().contains(c.numa())).map(Cpu::socket).toList());
  }

  /// Memory nodes that some processors are in.
  CpuSet numaOf(CpuSet set) {
    return CpuSet.of(of(set).map(Cpu::numa).toList());
  }

  /// Some processors by what they share.
  Map<Integer, CpuSet> groups(CpuSet set, ToIntFunction<Cpu> by) {
    Map<Integer, Collection<Integer>> groups = new TreeMap<>();
    of(set)
        .forEach(
            cpu ->
                groups.computeIfAbsent(by.applyAsInt(cpu), k -> new ArrayList<>()).add(cpu.id()));
    Map<Integer, CpuSet> result = new TreeMap<>();
    groups.forEach((key, ids) -> result.put(key, CpuSet.of(ids)));
    return result;
  }

  private Stream<Cpu> of(CpuSet set) {
    return cpus.stream().filter(cpu -> set.numbers().contains(cpu.id()));
  }
}
