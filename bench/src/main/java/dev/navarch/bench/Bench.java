package dev.navarch.bench;

import dev.navarch.bench.api.ApiBench;
import dev.navarch.bench.micro.MicroBench;
import dev.navarch.bench.pods.PodsBench;
import dev.navarch.bench.store.StoreBench;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The benchmarks, by name. Each prints what it measured beside its target, as text.
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures Navarch on this machine.",
    synopsisSubcommandLabel = "BENCHMARK",
    subcommands = {
      StartBench.class,
      PodsBench.class,
      ApiBench.class,
      StoreBench.class,
      MicroBench.class,
      CommandLine.HelpCommand.class
    })
public final class Bench {
  private Bench() {}

  public static void main(String[] arguments) {
    CommandLine line = new CommandLine(new Bench());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    System.exit(line.execute(arguments));
  }
}
