package dev.navarch.bench.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// An API server with everything on (TLS, RBAC, synced writes) under the loads that Kubernetes'
/// users know, beside what upstream's does on such a machine. It runs on loopback, in a folder that
/// is removed, for a few minutes at most.
@Command(
    name = "api",
    mixinStandardHelpOptions = true,
    description = "Rates, times and memory of an API server under load.")
public final class ApiBench implements Callable<Integer> {
  /// The parts of a run; later ones read what `WRITE` has written.
  enum Part {
    WRITE,
    GET,
    LIST,
    WATCH,
    IDLE,
    RESTART
  }

  @Option(names = "--json", description = "Also writes the figures to this file.")
  @Nullable Path json;

  @Option(
      names = "--only",
      split = ",",
      description = "Of ${COMPLETION-CANDIDATES} only these (write is always done).")
  List<Part> only = List.of(Part.values());

  @Override
  public Integer call() throws Exception {
    Set<Part> parts = EnumSet.copyOf(only);
    Path folder = Files.createTempDirectory("navarch-bench-api");
    Report report = new Report();
    try {
      try (ServerProcess server = start(report, "control plane, first start to ready", folder);
          LoadClient client = new LoadClient(server);
          Workload workload = new Workload(report, server, client)) {
        workload.run(parts);
      }
      if (parts.contains(Part.RESTART)) {
        start(report, "control plane, start to ready, with these objects", folder).close();
      }
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
    if (json != null) {
      report.write(json);
    }
    return 0;
  }

  private static ServerProcess start(Report report, String what, Path folder)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    ServerProcess server = ServerProcess.start(folder);
    try {
      awaitReady(server);
    } catch (RuntimeException | IOException | InterruptedException e) {
      server.close();
      throw e;
    }
    report.amount(what, (System.nanoTime() - begun) / 1e9, "s", "2 s");
    return server;
  }

  private static void awaitReady(ServerProcess server) throws IOException, InterruptedException {
    try (LoadClient client = new LoadClient(server);
        Connection connection = client.connect()) {
      byte[] ready = client.request("GET", "/readyz", Optional.empty());
      while (connection.call(ready).status() != 200) {
        Thread.sleep(5);
      }
    }
  }
}
