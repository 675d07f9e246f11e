package dev.navarch.node.settings;

import dev.navarch.node.host.CgroupTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a configuration asks of the machine.
public final class MachineRules {
  private MachineRules() {}

  /// @param root `/`, or a copy of the files below it
  /// @throws IllegalArgumentException that tells of everything that the machine does not have
  public static void require(KubeletSettings settings, Path root) {
    List<String> wrong = new ArrayList<>();
    boolean v2 = new CgroupTree(root.resolve("sys/fs/cgroup")).isV2();
    if (settings.flag("failCgroupV1") && !v2) {
      wrong.add("failCgroupV1: found true, and this machine has cgroup v1");
    }
    if (settings.flag("failSwapOn") && swaps(root.resolve("proc/swaps"))) {
      wrong.add("failSwapOn: found true, and this machine has swap on");
    }
    if (settings.text("memorySwap.swapBehavior").equals("LimitedSwap") && !v2) {
      wrong.add("memorySwap.swapBehavior: found LimitedSwap, which takes cgroup v2");
    }
    if (settings.optionalFlag("singleProcessOOMKill").equals(java.util.Optional.of(false)) && !v2) {
      wrong.add("singleProcessOOMKill: found false, which takes cgroup v2");
    }
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", wrong));
    }
  }

  /// The first line is a heading.
  private static boolean swaps(Path file) {
    try {
      return Files.exists(file) && Files.readAllLines(file).size() > 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
