package dev.navarch.app.cli;

import dev.navarch.api.Json;
import dev.navarch.app.local.ClusterSpec;
import dev.navarch.app.local.ClusterUp;
import dev.navarch.app.local.Credentials;
import dev.navarch.app.local.Layout;
import dev.navarch.app.local.Progress;
import dev.navarch.app.local.RangeChoice;
import dev.navarch.app.local.UserError;
import dev.navarch.node.settings.KubeletSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = {
      "Starts a cluster on this machine: a master and nodes with real containers.",
      "Safe to repeat: on a running cluster it changes nothing; after a crash or a reboot it brings",
      "the same cluster back."
    })
final class Up implements Callable<Integer> {
  private static final int MOST_NODES = 200;

  @Mixin ClusterOptions cluster = new ClusterOptions();

  @Option(
      names = "--nodes",
      description = "How many nodes beside the master (default: 2). 0: control plane only.")
  @Nullable Integer nodes;

  @Option(
      names = "--simulated-nodes",
      description =
          "How many nodes without containers, whose pods become ready by themselves (default: 0).")
  @Nullable Integer simulatedNodes;

  @Option(names = "--api-port", description = "The port of the API server (default: 6443).")
  @Nullable Integer apiPort;

  @Option(
      names = "--node-cidr",
      description = "The nodes' addresses (default: 10.140.0.0/24, or the next that is free).")
  @Nullable String nodeRange;

  @Option(
      names = "--pod-cidr",
      description =
          "The pods' addresses, a /24 for each node (default: 10.40.0.0/16, or the next that is free).")
  @Nullable String podRange;

  @Option(
      names = "--service-cidr",
      description = "The Services' addresses (default: 10.96.0.0/16, or the next that is free).")
  @Nullable String serviceRange;

  @Option(
      names = "--isolated",
      description =
          "No way out of the cluster's network: no registries, nothing leaves the machine.")
  boolean isolated;

  @Option(
      names = "--kubelet-config",
      paramLabel = "FILE",
      description = "A KubeletConfiguration for every node of the cluster.")
  @Nullable Path kubelet;

  @Override
  public Integer call() {
    Layout layout = cluster.layout();
    Optional<ClusterSpec> before = ClusterSpec.load(layout.data());
    ClusterSpec spec = before.map(this::sameAs).orElseGet(this::fresh);
    Progress progress = Progress.onStandardOutput();
    ClusterUp up = new ClusterUp(spec, layout, progress);
    if (before.isPresent() && up.isRunning()) {
      progress.say(
          "cluster '%s' is running with %s; nothing changed".formatted(spec.name(), sizeOf(spec)));
      return 0;
    }
    progress.say("cluster '%s': %s".formatted(spec.name(), sizeOf(spec)));
    keepKubeletConfig(layout, before.isPresent());
    up.run();
    Credentials credentials = new Credentials(spec, layout);
    Path kubeconfig = credentials.mergeIntoUsersKubeconfig();
    progress.say("");
    progress.say(
        "Ready. kubectl's context '%s' is in %s and is now the current one."
            .formatted(spec.name(), kubeconfig));
    progress.say("  kubectl get nodes -o wide");
    progress.say("  kubectl create deployment web --image=IMAGE --replicas=4");
    progress.say("  ./navarch image load FILE.tar    put an image on every node");
    progress.say("  ./navarch status                 how the cluster is");
    progress.say("  ./navarch down                   remove it, without a trace");
    return 0;
  }

  private void keepKubeletConfig(Layout layout, boolean exists) {
    if (kubelet == null) {
      return;
    }
    KubeletSettings.read(Optional.of(kubelet), Json.object());
    Path kept = ClusterUp.kubeletConfig(layout);
    try {
      byte[] asked = Files.readAllBytes(kubelet);
      if (exists && !(Files.exists(kept) && Arrays.equals(asked, Files.readAllBytes(kept)))) {
        throw new UserError(
            "cluster '%s' exists with another --kubelet-config".formatted(cluster.name),
            "use another --name, or `navarch down` first");
      }
      Files.createDirectories(kept.getParent());
      Files.write(kept, asked);
    } catch (IOException e) {
      throw new UncheckedIOException(kubelet + " cannot be kept", e);
    }
  }

  private ClusterSpec fresh() {
    int count = nodes == null ? 2 : nodes;
    if (count < 0 || count > MOST_NODES) {
      throw new IllegalArgumentException(
          "--nodes: %d is not between 0 and %d".formatted(count, MOST_NODES));
    }
    int simulated = simulatedNodes == null ? 0 : simulatedNodes;
    if (simulated < 0 || simulated > 10_000) {
      throw new IllegalArgumentException(
          "--simulated-nodes: %d is not between 0 and 10000".formatted(simulated));
    }
    int port = apiPort == null ? 6443 : apiPort;
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException(
          "--api-port: %d is not between 1 and 65535".formatted(port));
    }
    return new ClusterSpec(
        ClusterSpec.FORMAT,
        cluster.name,
        List.copyOf(IntStream.rangeClosed(1, count).boxed().toList()),
        simulated,
        port,
        RangeChoice.NODES.choose(nodeRange),
        RangeChoice.PODS.choose(podRange),
        RangeChoice.SERVICES.choose(serviceRange),
        isolated);
  }

  /// A cluster that exists keeps its shape: asking for another one is an error that says so.
  private ClusterSpec sameAs(ClusterSpec old) {
    requireSame("--nodes", nodes, old.nodes().size());
    requireSame("--simulated-nodes", simulatedNodes, old.simulatedNodes());
    requireSame("--api-port", apiPort, old.apiPort());
    requireSame("--node-cidr", nodeRange, old.nodeRange());
    requireSame("--pod-cidr", podRange, old.podRange());
    requireSame("--service-cidr", serviceRange, old.serviceRange());
    return old;
  }

  private void requireSame(String option, @Nullable Object asked, Object is) {
    if (asked != null && !asked.equals(is)) {
      throw new UserError(
          "cluster '%s' exists with %s %s, and %s was asked for"
              .formatted(cluster.name, option, is, asked),
          "use `navarch node add|remove`, another --name, or `navarch down` first");
    }
  }

  private static String sizeOf(ClusterSpec spec) {
    String real =
        spec.hasMachines() ? "a master and %d nodes".formatted(spec.nodes().size()) : "a master";
    return spec.simulatedNodes() == 0
        ? real
        : real + " and %d simulated nodes".formatted(spec.simulatedNodes());
  }
}
