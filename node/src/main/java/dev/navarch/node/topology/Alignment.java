package dev.navarch.node.topology;

import dev.navarch.node.settings.KubeletSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Brings together from which memory nodes processors, memory and devices of a container could
/// come, and says which to take, by the topology policy.
///
/// @param nodes all memory nodes of the machine
record Alignment(Policy policy, CpuSet nodes, Optional<Distances> closest) {
  enum Policy {
    NONE,
    BEST_EFFORT,
    RESTRICTED,
    SINGLE_NUMA_NODE
  }

  static Alignment of(KubeletSettings settings, CpuSet nodes, Path sys) {
    Policy policy =
        switch (settings.text("topologyManagerPolicy")) {
          case "best-effort" -> Policy.BEST_EFFORT;
          case "restricted" -> Policy.RESTRICTED;
          case "single-numa-node" -> Policy.SINGLE_NUMA_NODE;
          default -> Policy.NONE;
        };
    Map<String, String> options = settings.map("topologyManagerPolicyOptions");
    int most = Integer.parseInt(options.getOrDefault("max-allowable-numa-nodes", "8"));
    if (policy != Policy.NONE && nodes.size() > most) {
      throw new IllegalArgumentException(
          "topologyManagerPolicy: found %d memory nodes on this machine, expected at most %d"
              .formatted(nodes.size(), most));
    }
    boolean close = "true".equals(options.get("prefer-closest-numa-nodes"));
    return new Alignment(
        policy, nodes, close ? Optional.of(Distances.read(sys)) : Optional.empty());
  }

  /// The best that suits everybody; a list without a hint has no wish that can be met.
  ///
  /// @param wishes one list for each resource that has a say
  Hint merge(List<List<Hint>> wishes) {
    List<List<Hint>> considered =
        policy == Policy.SINGLE_NUMA_NODE
            ? wishes.stream().map(Alignment::single).toList()
            : wishes;
    List<Hint> merged = new ArrayList<>();
    combine(considered, 0, nodes, true, merged);
    return merged.stream()
        .min(
            Comparator.comparing((Hint hint) -> !hint.preferred())
                .thenComparingInt(hint -> hint.nodes().size())
                .thenComparing(hint -> closest.map(d -> d.average(hint.nodes())).orElse(0.0))
                .thenComparing(hint -> hint.nodes().toString()))
        .orElse(new Hint(nodes, false));
  }

  private static List<Hint> single(List<Hint> hints) {
    return hints.stream().filter(hint -> hint.preferred() && hint.nodes().size() == 1).toList();
  }

  private static void combine(
      List<List<Hint>> wishes, int at, CpuSet nodes, boolean preferred, List<Hint> into) {
    if (nodes.isEmpty()) {
      return;
    }
    if (at == wishes.size()) {
      into.add(new Hint(nodes, preferred));
      return;
    }
    for (Hint hint : wishes.get(at)) {
      boolean both = preferred && hint.preferred();
      combine(wishes, at + 1, nodes.and(hint.nodes()), both, into);
    }
  }

  boolean admits(Hint best) {
    return switch (policy) {
      case NONE, BEST_EFFORT -> true;
      case RESTRICTED, SINGLE_NUMA_NODE -> best.preferred();
    };
  }
}
