package dev.navarch.bench;

import dev.navarch.app.local.ClusterDown;
import dev.navarch.app.local.ClusterSpec;
import dev.navarch.app.local.ClusterUp;
import dev.navarch.app.local.Credentials;
import dev.navarch.app.local.DebianImage;
import dev.navarch.app.local.Images;
import dev.navarch.app.local.Layout;
import dev.navarch.app.local.Progress;
import dev.navarch.app.local.RangeChoice;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.node.host.ProcessId;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;

/// From nothing to a cluster of a master and four nodes, and from a pod's creation to its running
/// there: times and memory, on a cluster of its own that is removed at the end.
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    description = "A cluster's start, and a pod's: times and memory. Needs root.")
final class StartBench implements Callable<Integer> {
  private static final int NODES = 4;
  private static final int PODS = 30;
  private static final String IMAGE = "navarch.test/busybox:bench";
  private static final Resource<Pod> RESOURCE = Resource.of(Pod.class);

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("navarch-bench");
    Layout layout = Layout.of("bench", folder.resolve("data"));
    ClusterSpec spec =
        new ClusterSpec(
            ClusterSpec.FORMAT,
            "bench",
            IntStream.rangeClosed(1, NODES).boxed().toList(),
            0,
            6443,
            RangeChoice.NODES.choose(null),
            RangeChoice.PODS.choose(null),
            RangeChoice.SERVICES.choose(null),
            true);
    Progress silent = new Progress(new PrintStream(OutputStream.nullOutputStream()), false);
    try {
      long start = System.nanoTime();
      ClusterUp up = new ClusterUp(spec, layout, silent);
      up.run();
      double upSeconds = secondsSince(start);
      print("up --nodes 4, to all nodes Ready", "%.1f s".formatted(upSeconds), "20 s");
      print("control plane, start to ready", "%.1f s".formatted(up.serverSeconds()), "3 s");
      print("control plane, resident, idle", megabytes(layout, "server"), "300 MB");
      print("agent, resident, idle", megabytes(layout, "agent-node1"), "130 MB");
      Path archive = folder.resolve("busybox.tar");
      DebianImage.busybox(IMAGE).write(archive);
      Images.load(spec, layout, archive, name -> {});
      Cluster cluster = new Credentials(spec, layout).cluster();
      List<Double> times = createPods(cluster);
      print(
          "pod create to Running, p50 of %d".formatted(PODS),
          "%.2f s".formatted(percentile(times, 50)),
          "1 s");
      print("pod create to Running, p99", "%.2f s".formatted(percentile(times, 99)), "");
      print("control plane, resident, after these", megabytes(layout, "server"), "");
      print("agent, resident, after these", megabytes(layout, "agent-node1"), "");
    } finally {
      new ClusterDown(spec, layout, silent).run(false);
      Files.deleteIfExists(folder.resolve("busybox.tar"));
      Files.deleteIfExists(folder);
    }
    return 0;
  }

  /// One after the other, on an idle cluster.
  private static List<Double> createPods(Cluster cluster) throws InterruptedException {
    List<Double> times = new ArrayList<>();
    for (int i = 0; i < PODS; i++) {
      Pod pod =
          new PodBuilder()
              .withNewMetadata()
              .withNamespace("default")
              .withName("bench-" + i)
              .endMetadata()
              .withNewSpec()
              .withTerminationGracePeriodSeconds(0L)
              .addNewContainer()
              .withName("main")
              .withImage(IMAGE)
              .withCommand("sleep", "1000000")
              .endContainer()
              .endSpec()
              .build();
      long start = System.nanoTime();
      cluster.create(pod);
      Key key = new Key("default", "bench-" + i);
      while (!"Running".equals(cluster.get(RESOURCE, key).getStatus().getPhase())) {
        if (secondsSince(start) > 60) {
          throw new IllegalStateException(key + " does not run after 60 s");
        }
        Thread.sleep(5);
      }
      times.add(secondsSince(start));
      cluster.delete(RESOURCE, key, Cluster.DeleteOptions.DEFAULT);
    }
    return times;
  }

  private static double percentile(List<Double> times, int percent) {
    List<Double> sorted = new ArrayList<>(times);
    Collections.sort(sorted);
    return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
  }

  private static String megabytes(Layout layout, String component) throws IOException {
    long pid = ProcessId.read(layout.pid(component)).orElseThrow().pid();
    String line =
        Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
            .filter(each -> each.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", "")) / 1024 + " MB";
  }

  private static double secondsSince(long start) {
    return Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0;
  }

  private static void print(String what, String measured, String target) {
    System.out.printf("| %s | %s | %s |%n", what, measured, target);
  }
}
