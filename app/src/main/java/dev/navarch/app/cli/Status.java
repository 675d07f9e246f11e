package dev.navarch.app.cli;

import dev.navarch.app.Printable;
import dev.navarch.app.local.ClusterSpec;
import dev.navarch.app.local.ClusterStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Tells how a cluster of this machine is; exit code 1 when something is wrong.")
final class Status implements Callable<Integer> {
  @Mixin ClusterOptions cluster = new ClusterOptions();

  @Override
  public Integer call() {
    ClusterSpec spec = cluster.existing();
    ClusterStatus status = ClusterStatus.of(spec, cluster.layout());
    System.out.print(Printable.lines(status.text()));
    return status.isHealthy() ? 0 : 1;
  }
}
