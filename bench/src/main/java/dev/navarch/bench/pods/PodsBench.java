package dev.navarch.bench.pods;

import static dev.navarch.bench.pods.Milestones.BOUND;
import static dev.navarch.bench.pods.Milestones.GONE;

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
import dev.navarch.node.host.Commands;
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
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// From the API's acknowledgement of a pod to Running, phase by phase, the image being there; a
/// full node; and what its agent needs. On a cluster of its own, which is removed at the end.
@Command(
    name = "pods",
    mixinStandardHelpOptions = true,
    description = "Pods' starts by phase, a full node, and its agent's needs. Needs root.")
public final class PodsBench implements Callable<Integer> {
  private static final String IMAGE = "navarch.test/busybox:bench";
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final String NODE = "node1";
  private static final int WARM_UP = 5;
  private static final int FULL = 110;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final double TICKS_PER_SECOND = 100;

  @Option(names = "--json", description = "Also writes the figures to this file.")
  @Nullable Path json;

  @Option(
      names = "--pods",
      defaultValue = "50",
      description = "How many pods are started one by one (default: ${DEFAULT-VALUE}).")
  int single = 50;

  @Option(
      names = "--idle",
      defaultValue = "60",
      description = "Seconds for which the idle agent is watched (default: ${DEFAULT-VALUE}).")
  int idleSeconds = 60;

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("navarch-bench");
    Layout layout = Layout.of("bench", folder.resolve("data"));
    ClusterSpec spec =
        new ClusterSpec(
            ClusterSpec.FORMAT,
            "bench",
            List.of(1),
            0,
            6443,
            RangeChoice.NODES.choose(null),
            RangeChoice.PODS.choose(null),
            RangeChoice.SERVICES.choose(null),
            true);
    Progress silent = new Progress(new PrintStream(OutputStream.nullOutputStream()), false);
    try {
      new ClusterUp(spec, layout, silent).run();
      Path archive = folder.resolve("busybox.tar");
      DebianImage.busybox(IMAGE).write(archive);
      Images.load(spec, layout, archive, name -> {});
      Cluster cluster = new Credentials(spec, layout).cluster();
      try (var milestones = new Milestones(cluster)) {
        var run = new Run(cluster, milestones, layout, new PodFigures());
        run.all();
      }
    } finally {
      new ClusterDown(spec, layout, silent).run(false);
      Files.deleteIfExists(folder.resolve("busybox.tar"));
      Files.deleteIfExists(folder);
    }
    return 0;
  }

  /// The measurements, on a cluster that stands.
  private final class Run {
    private final Cluster cluster;
    private final Milestones milestones;
    private final Layout layout;
    private final PodFigures figures;
    private final AgentLog log;

    Run(Cluster cluster, Milestones milestones, Layout layout, PodFigures figures) {
      this.cluster = cluster;
      this.milestones = milestones;
      this.layout = layout;
      this.figures = figures;
      this.log = new AgentLog(layout.log("agent-" + NODE));
    }

    void all() throws Exception {
      for (int i = 0; i < WARM_UP; i++) {
        end(create(pod("warm-" + i).build()).name());
      }
      idle("no pods");
      oneByOne();
      exits();
      full();
      if (json != null) {
        figures.write(json);
      }
    }

    private void oneByOne() throws Exception {
      List<Double> whole = new ArrayList<>();
      List<Double> schedule = new ArrayList<>();
      double cpu = cpuSeconds(agent());
      for (int i = 0; i < single; i++) {
        Created pod = create(pod("single-" + i).build());
        long running = milestones.await(pod.name(), "Running");
        whole.add(millis(running - pod.acknowledged()));
        schedule.add(millis(milestones.await(pod.name(), BOUND) - pod.acknowledged()));
        end(pod.name());
      }
      double cpuEach = (cpuSeconds(agent()) - cpu) / single * 1000;
      for (int i = 0; i < Math.max(1, single / 4); i++) {
        Created pod = create(pod("ofnode-" + i).editSpec().withHostNetwork(true).endSpec().build());
        milestones.await(pod.name(), "Running");
        end(pod.name());
      }
      List<AgentLog.Start> starts = log.starts("single-");
      figures.times("acknowledged → Running", whole, "500 ms (p50)");
      figures.times("… schedule", schedule, "");
      figures.times(
          "… sync: the agent's own work", each(starts, AgentLog.Start::sync), "15 ms (p50)");
      figures.amount("agent's processor time for a pod's start and end", cpuEach, "ms", "");
      List<Double> sandboxes = each(starts, AgentLog.Start::sandbox);
      List<Double> without = each(log.starts("ofnode-"), AgentLog.Start::sandbox);
      figures.times("… sandbox without its network", without, "");
      double bare = PodFigures.percentile(without, 50);
      figures.times(
          "… network", sandboxes.stream().map(all -> Math.max(0, all - bare)).toList(), "");
      figures.times("… create", each(starts, AgentLog.Start::create), "");
      figures.times("… start", each(starts, AgentLog.Start::start), "");
      figures.times("… status", each(starts, AgentLog.Start::status), "");
    }

    /// From the kill of a container's process to the API's knowing of it.
    private void exits() throws Exception {
      List<Double> delays = new ArrayList<>();
      for (int i = 0; i < Math.max(1, single / 2); i++) {
        String name = "exit-" + i;
        create(pod(name).editSpec().withRestartPolicy("Never").endSpec().build());
        milestones.await(name, "Running");
        long pid = process(name);
        long killed = System.nanoTime();
        Commands.run("kill", "-9", String.valueOf(pid));
        delays.add(millis(milestones.await(name, "Failed") - killed));
        end(name);
      }
      figures.times("a container's end → status in the API", delays, "100 ms");
    }

    private void full() throws Exception {
      long begun = System.nanoTime();
      List<String> names = IntStream.range(0, FULL).mapToObj(i -> "full-" + i).toList();
      for (String name : names) {
        cluster.create(pod(name).build());
      }
      long last = begun;
      for (String name : names) {
        last = Math.max(last, milestones.await(name, "Running"));
      }
      figures.amount(
          FULL + " pods on one node, all Running", millis(last - begun) / 1000, "s", "30 s");
      idle(FULL + " pods");
    }

    private void idle(String how) throws Exception {
      Thread.sleep(Duration.ofSeconds(30));
      long pid = agent();
      double before = cpuSeconds(pid);
      Thread.sleep(Duration.ofSeconds(idleSeconds));
      double share = (cpuSeconds(pid) - before) / idleSeconds * 100;
      figures.amount("agent idle with %s, of a core".formatted(how), share, "%", "1 %");
      figures.amount("agent resident with %s".formatted(how), megabytes(pid), "MB", "130 MB");
    }

    private long agent() {
      return ProcessId.read(layout.pid("agent-" + NODE)).orElseThrow().pid();
    }

    private Created create(Pod pod) {
      cluster.create(pod);
      return new Created(pod.getMetadata().getName(), System.nanoTime());
    }

    private void end(String name) throws InterruptedException {
      cluster.delete(PODS, new Key("default", name), Cluster.DeleteOptions.DEFAULT);
      milestones.await(name, GONE);
    }
  }

  /// @param acknowledged when the API had answered
  private record Created(String name, long acknowledged) {}

  private static PodBuilder pod(String name) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .addToNodeSelector("kubernetes.io/hostname", NODE)
        .withTerminationGracePeriodSeconds(0L)
        .addNewContainer()
        .withName("main")
        .withImage(IMAGE)
        .withCommand("sh", "-c", "while :; do sleep 1000000; done", name)
        .endContainer()
        .endSpec();
  }

  private static List<Double> each(
      List<AgentLog.Start> starts, ToDoubleFunction<AgentLog.Start> phase) {
    return starts.stream().map(phase::applyAsDouble).toList();
  }

  /// The one whose last argument is the pod's name: soon after the runtime has said that it runs.
  private static long process(String pod) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      var found =
          ProcessHandle.allProcesses()
              .filter(process -> commandLine(process.pid()).endsWith("\0" + pod + "\0"))
              .findFirst();
      if (found.isPresent()) {
        return found.get().pid();
      }
      Thread.sleep(1);
    }
    throw new IllegalStateException("pod %s has no process".formatted(pod));
  }

  private static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    } catch (IOException gone) {
      return "";
    }
  }

  private static double cpuSeconds(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  private static double megabytes(long pid) throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
            .filter(each -> each.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }
}
