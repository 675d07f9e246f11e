package dev.navarch.app.cli;

import dev.navarch.app.local.Check;
import dev.navarch.app.local.ClusterSpec;
import dev.navarch.app.local.Doctor;
import dev.navarch.app.local.Layout;
import dev.navarch.app.local.RangeChoice;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Looks whether this machine can run a cluster, and says what to do about it.")
final class DoctorCommand implements Callable<Integer> {
  @Mixin ClusterOptions cluster = new ClusterOptions();

  @Override
  public Integer call() {
    Layout layout = cluster.layout();
    ClusterSpec spec =
        new ClusterSpec(
            ClusterSpec.FORMAT,
            cluster.name,
            List.of(1, 2),
            0,
            6443,
            RangeChoice.NODES.choose(null),
            RangeChoice.PODS.choose(null),
            RangeChoice.SERVICES.choose(null),
            false);
    List<Check> checks = Doctor.examine(spec, layout);
    checks.forEach(System.out::println);
    return checks.stream().anyMatch(check -> check.level() == Check.Level.FAILURE) ? 1 : 0;
  }
}
