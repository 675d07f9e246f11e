package dev.navarch.node.topology;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Memory nodes from which a wish can be met.
///
/// @param preferred whether no fewer nodes could do
public record Hint(CpuSet nodes, boolean preferred) {

  /// Every choice among some memory nodes, the smallest first.
  public static List<CpuSet> choices(CpuSet nodes) {
    List<Integer> all = List.copyOf(nodes.numbers());
    List<CpuSet> choices = new ArrayList<>();
    for (int mask = 1; mask < 1 << all.size(); mask++) {
      int bits = mask;
      choices.add(
          CpuSet.of(
              IntStream.range(0, all.size())
                  .filter(i -> (bits >> i & 1) == 1)
                  .map(all::get)
                  .toArray()));
    }
    choices.sort(java.util.Comparator.comparingInt(CpuSet::size));
    return choices;
  }
}
