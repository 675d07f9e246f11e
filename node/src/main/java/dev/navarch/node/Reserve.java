package dev.navarch.node;

import dev.navarch.node.host.CgroupTree;
import dev.navarch.node.pods.PodGroups;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Makes the cgroups that all pods live in, and holds them to what is not reserved for others.
final class Reserve {
  private Reserve() {}

  static PodGroups of(NodeConfig config, NodeFacts facts) throws IOException {
    var settings = config.settings();
    var tree = new CgroupTree(Path.of("/sys/fs/cgroup"));
    var groups = new PodGroups(tree, config.cgroupRoot(), settings, facts.swap());
    boolean enforced = settings.enforced().contains("pods");
    long pids = settings.reserved("pid");
    groups.begin(
        facts.milliForPods(settings),
        enforced ? Optional.of(facts.forPods(settings)) : Optional.empty(),
        enforced && pids > 0 ? Optional.of(facts.processes() - pids) : Optional.empty());
    for (String whose : List.of("kube", "system")) {
      boolean whole = settings.enforced().contains(whose + "-reserved");
      if (whole || settings.enforced().contains(whose + "-reserved-compressible")) {
        groups.reserve(
            settings.text(whose + "ReservedCgroup"), settings, whose + "Reserved", whole);
      }
    }
    return groups;
  }
}
