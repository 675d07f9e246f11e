package dev.navarch.app.cli;

import dev.navarch.app.local.LogFiles;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    description = "Shows what the cluster's own processes log.")
final class Logs implements Callable<Integer> {
  @Mixin ClusterOptions cluster = new ClusterOptions();

  @Parameters(
      paramLabel = "COMPONENT",
      arity = "0..1",
      defaultValue = "server",
      description = "server, agent-master, agent-node1… (default: ${DEFAULT-VALUE}).")
  String component = "server";

  @Option(
      names = {"-f", "--follow"},
      description = "Go on as the log grows.")
  boolean follow;

  @Option(
      names = "--tail",
      defaultValue = "100",
      description = "How many lines from the end; -1 for all (default: ${DEFAULT-VALUE}).")
  int tail = 100;

  @Override
  public Integer call() throws Exception {
    cluster.existing();
    List<String> command = LogFiles.tailCommand(cluster.layout(), component, tail, follow);
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }
}
