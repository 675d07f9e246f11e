package dev.navarch.bench.micro;

import dev.navarch.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Single steps of a request by themselves, each in a fresh JVM: how long one takes, and how much
/// memory it leaves to the collector.
@Command(
    name = "micro",
    mixinStandardHelpOptions = true,
    description = {
      "Time and garbage of single steps, measured by JMH on a pod of about 1 KB:",
      "codec (JSON, by schema, YAML, protobuf), patches (JSON, merge, strategic merge), selectors"
          + " (labels, fields: parsing and matching), server-side apply and managedFields."
    })
public final class MicroBench implements Callable<Integer> {
  private static final List<Class<?>> ALL =
      List.of(CodecBench.class, PatchBench.class, SelectorBench.class, ApplyBench.class);

  @Option(names = "--json", description = "Also writes the figures to this file.")
  @Nullable Path json;

  @Option(
      names = "--only",
      defaultValue = "",
      description =
          "Only benchmarks whose name matches this regular expression (readJson, Apply…).")
  String only = "";

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description =
          "How long each is measured, after as long a warm-up (default: ${DEFAULT-VALUE}).")
  int seconds = 5;

  /// @param micros one operation takes
  /// @param error of that, at 99.9 %
  /// @param bytes that one operation allocates
  private record Figure(String name, double micros, double error, double bytes) {}

  @Override
  public Integer call() throws Exception {
    String machine = machine();
    System.out.println(machine);
    System.out.println();
    System.out.println("| Step | µs each | ± | bytes allocated each |");
    System.out.println("|---|---|---|---|");
    List<Figure> figures = new ArrayList<>();
    for (Class<?> benchmarks : ALL) {
      for (RunResult result : run(benchmarks)) {
        Figure figure = figure(result);
        System.out.printf(
            Locale.US,
            "| %s | %.2f | %.2f | %,.0f |%n",
            figure.name,
            figure.micros,
            figure.error,
            figure.bytes);
        figures.add(figure);
      }
    }
    if (figures.isEmpty()) {
      System.err.println("navarch: no benchmark has a name that matches '" + only + "'");
      return 2;
    }
    if (json != null) {
      write(json, machine, figures);
    }
    return 0;
  }

  private Collection<RunResult> run(Class<?> benchmarks) throws Exception {
    var options =
        new OptionsBuilder()
            .include("\\." + benchmarks.getSimpleName() + "\\..*(" + only + ")")
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.MICROSECONDS)
            .warmupIterations(seconds)
            .measurementIterations(seconds)
            .warmupTime(TimeValue.seconds(1))
            .measurementTime(TimeValue.seconds(1))
            .forks(1)
            .threads(1)
            .addProfiler(GCProfiler.class)
            .verbosity(VerboseMode.SILENT)
            .build();
    try {
      return new Runner(options).run();
    } catch (org.openjdk.jmh.runner.NoBenchmarksException none) {
      return List.of();
    }
  }

  private static Figure figure(RunResult result) {
    String[] name = result.getParams().getBenchmark().split("\\.");
    Result<?> time = result.getPrimaryResult();
    Result<?> garbage = result.getSecondaryResults().get("gc.alloc.rate.norm");
    return new Figure(
        name[name.length - 2] + "." + name[name.length - 1],
        time.getScore(),
        time.getScoreError(),
        garbage == null ? Double.NaN : garbage.getScore());
  }

  private static void write(Path file, String machine, List<Figure> figures) throws IOException {
    ObjectNode document = Json.object().put("machine", machine);
    ArrayNode rows = document.putArray("rows");
    for (Figure figure : figures) {
      rows.addObject()
          .put("step", figure.name)
          .put("microsEach", figure.micros)
          .put("error", Double.isFinite(figure.error) ? figure.error : 0)
          .put("bytesEach", Double.isFinite(figure.bytes) ? Math.rint(figure.bytes) : 0);
    }
    Files.write(file, Json.bytes(document));
  }

  private static String machine() throws IOException {
    String load = Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    return "%d cores; load average before the start %s"
        .formatted(Runtime.getRuntime().availableProcessors(), load);
  }
}
