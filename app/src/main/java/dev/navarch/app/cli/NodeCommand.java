package dev.navarch.app.cli;

import dev.navarch.app.local.NodeChange;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "node",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Adds nodes to a cluster on this machine, or removes them.")
final class NodeCommand {

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Adds one more node, with the next free number.")
  int add(@Mixin ClusterOptions cluster) {
    System.out.println(NodeChange.add(cluster.existing(), cluster.layout()) + " is ready");
    return 0;
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Ends a node and takes it out of the cluster; its pods start elsewhere.")
  int remove(
      @Mixin ClusterOptions cluster,
      @Parameters(paramLabel = "NODE", description = "As node2.") String node) {
    NodeChange.remove(cluster.existing(), cluster.layout(), node);
    System.out.println(node + " is gone");
    return 0;
  }
}
