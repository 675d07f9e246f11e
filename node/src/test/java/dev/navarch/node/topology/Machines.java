package dev.navarch.node.topology;

import dev.navarch.node.topology.CpuTopology.Cpu;
import java.util.ArrayList;
import java.util.List;

/// Machines for tests: processors are numbered as firmware does it, first all first threads of the
/// cores, then all second ones.
final class Machines {
  private Machines() {}

  /// @param nodes memory nodes in each socket
  static CpuTopology of(int sockets, int nodes, int cores, int threads) {
    List<Cpu> cpus = new ArrayList<>();
    int all = sockets * nodes * cores;
    for (int thread = 0; thread < threads; thread++) {
      for (int core = 0; core < all; core++) {
        int numa = core / cores;
        cpus.add(new Cpu(thread * all + core, core, numa, numa / nodes, numa));
      }
    }
    return new CpuTopology(cpus);
  }
}
