package dev.navarch.node.topology;

import dev.navarch.node.topology.CpuTopology.Cpu;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;

/// Which of the free processors a container gets for its own: whole memory nodes, sockets, caches
/// and cores before parts of them, what is left over from others before what is whole, and close to
/// what was chosen already. Or, if it is to be spread, the same number from each memory node, or
/// one thread of a core after the other.
record CpuChoice(CpuTopology topology, CpuOptions options) {

  /// Empty when there are not enough of them.
  Optional<CpuSet> take(CpuSet free, int count) {
    if (free.size() < count) {
      return Optional.empty();
    }
    return Optional.of(
        options.distributeAcrossNuma()
            ? distributed(free, count).orElseGet(() -> packed(free, count))
            : packed(free, count));
  }

  private CpuSet packed(CpuSet free, int count) {
    CpuSet chosen = CpuSet.NONE;
    CpuSet left = free;
    List<ToIntFunction<Cpu>> wholes = new ArrayList<>();
    wholes.add(Cpu::socket);
    wholes.add(Cpu::numa);
    if (options.alignByCache()) {
      wholes.add(Cpu::cache);
    }
    if (!options.distributeAcrossCores()) {
      wholes.add(Cpu::core);
    }
    for (ToIntFunction<Cpu> whole : wholes) {
      for (CpuSet group : whole(left, whole, chosen)) {
        if (group.size() <= count - chosen.size()) {
          chosen = chosen.plus(group);
          left = left.minus(group);
        }
      }
    }
    for (int cpu : singles(left, chosen)) {
      if (chosen.size() == count) {
        break;
      }
      chosen = chosen.plus(CpuSet.of(cpu));
    }
    return chosen;
  }

  /// Groups of which every processor is free; those that lie where others were chosen come first,
  /// then those where least is free.
  private List<CpuSet> whole(CpuSet free, ToIntFunction<Cpu> by, CpuSet chosen) {
    Map<Integer, CpuSet> all = topology.groups(topology.all(), by);
    List<CpuSet> whole = new ArrayList<>();
    topology
        .groups(free, by)
        .forEach(
            (key, cpus) -> {
              if (cpus.equals(all.get(key))) {
                whole.add(cpus);
              }
            });
    whole.sort(
        Comparator.comparing((CpuSet group) -> apart(group, chosen, Cpu::numa))
            .thenComparing(group -> apart(group, chosen, Cpu::socket))
            .thenComparingInt(group -> freeBeside(group, free, Cpu::numa))
            .thenComparingInt(group -> group.numbers().first()));
    return whole;
  }

  private List<Integer> singles(CpuSet free, CpuSet chosen) {
    List<Integer> all = new ArrayList<>(free.numbers());
    Map<Integer, CpuSet> cores = topology.groups(topology.all(), Cpu::core);
    boolean spread = options.distributeAcrossCores();
    Comparator<Integer> near =
        Comparator.comparing((Integer cpu) -> apart(CpuSet.of(cpu), chosen, Cpu::numa))
            .thenComparing(cpu -> apart(CpuSet.of(cpu), chosen, Cpu::socket));
    Comparator<Integer> broken =
        Comparator.comparingInt((Integer cpu) -> freeBeside(CpuSet.of(cpu), free, Cpu::core));
    Comparator<Integer> thread =
        Comparator.comparingInt((Integer cpu) -> positionInCore(cores, cpu));
    all.sort(
        (spread ? near.thenComparing(thread) : near.thenComparing(broken))
            .thenComparingInt(cpu -> freeBeside(CpuSet.of(cpu), free, Cpu::numa))
            .thenComparing(Comparator.naturalOrder()));
    return all;
  }

  private static int positionInCore(Map<Integer, CpuSet> cores, int cpu) {
    return cores.values().stream()
        .filter(core -> core.numbers().contains(cpu))
        .mapToInt(core -> core.numbers().headSet(cpu).size())
        .findFirst()
        .orElse(0);
  }

  /// Whether nothing that was chosen lies in the same group; false while nothing is chosen.
  private boolean apart(CpuSet some, CpuSet chosen, ToIntFunction<Cpu> by) {
    return !chosen.isEmpty()
        && topology.groups(some, by).keySet().stream()
            .noneMatch(topology.groups(chosen, by).keySet()::contains);
  }

  private int freeBeside(CpuSet some, CpuSet free, ToIntFunction<Cpu> by) {
    Map<Integer, CpuSet> groups = topology.groups(free, by);
    return topology.groups(some, by).keySet().stream()
        .mapToInt(key -> groups.getOrDefault(key, CpuSet.NONE).size())
        .sum();
  }

  /// The same number from each of the fewest memory nodes that have enough together, in whole cores
  /// where those are asked for; what does not divide comes from the first ones.
  private Optional<CpuSet> distributed(CpuSet free, int count) {
    Map<Integer, CpuSet> byNuma = topology.groups(free, Cpu::numa);
    int step = options.fullCores() ? topology.threadsPerCore() : 1;
    for (int width = 1; width <= byNuma.size(); width++) {
      int each = count / width / step * step;
      List<Integer> nodes =
          byNuma.entrySet().stream()
              .filter(node -> node.getValue().size() >= each)
              .sorted(
                  Comparator.comparingInt((Map.Entry<Integer, CpuSet> n) -> -n.getValue().size())
                      .thenComparing(Map.Entry::getKey))
              .limit(width)
              .map(Map.Entry::getKey)
              .sorted()
              .toList();
      if (nodes.size() < width || each == 0) {
        continue;
      }
      CpuSet chosen = CpuSet.NONE;
      for (int node : nodes) {
        chosen = chosen.plus(packed(byNuma.getOrDefault(node, CpuSet.NONE), each));
      }
      for (int node : nodes) {
        int missing = count - chosen.size();
        CpuSet rest = byNuma.getOrDefault(node, CpuSet.NONE).minus(chosen);
        if (missing >= step && rest.size() >= step) {
          chosen = chosen.plus(packed(rest, step));
        } else if (missing > 0 && !rest.isEmpty()) {
          chosen = chosen.plus(packed(rest, Math.min(missing, rest.size())));
        }
      }
      if (chosen.size() == count) {
        return Optional.of(chosen);
      }
    }
    return Optional.empty();
  }
}
