package dev.navarch.app.cli;

import dev.navarch.app.NodeProcess;
import dev.navarch.app.local.NodeIdentity;
import dev.navarch.app.local.UserError;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.ServerAccess;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.runtime.Containerd;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    description = {
      "Makes this machine a node of a cluster: runs the pods that are given to it.",
      "Its pods go on when the agent ends, and are found again when it starts."
    })
final class Agent implements Callable<Integer> {
  @Option(
      names = "--kubeconfig",
      required = true,
      description = "The node's identity, from `navarch kubeconfig --node NAME`.")
  @Nullable Path kubeconfig;

  @Option(
      names = {"--node-name", "--hostname-override"},
      required = true,
      description = "The node's name, as its identity says it.")
  @Nullable String nodeName;

  @Option(
      names = "--node-ip",
      required = true,
      description = "The address by which the cluster reaches this machine.")
  @Nullable String nodeIp;

  @Option(
      names = "--data-dir",
      defaultValue = "/var/lib/navarch/agent",
      description = "Images, volumes and logs of the node (default: ${DEFAULT-VALUE}).")
  Path dataDir = Path.of("/var/lib/navarch/agent");

  @Option(
      names = "--run-dir",
      defaultValue = "/run/navarch/agent",
      description = "Sockets of the node (default: ${DEFAULT-VALUE}).")
  Path runDir = Path.of("/run/navarch/agent");

  @Option(
      names = "--container-runtime-endpoint",
      description = "Another runtime's CRI socket (default: a containerd of the node's own).")
  @Nullable Path runtime;

  @Option(
      names = "--cni-conf-dir",
      description = "Where that runtime reads CNI configurations from (/etc/cni/net.d).")
  Path cniConfigurations = Path.of("/etc/cni/net.d");

  @Option(
      names = "--cgroup-root",
      defaultValue = "/navarch/agent",
      description = "The control group for the node's pods (default: ${DEFAULT-VALUE}).")
  String cgroupRoot = "/navarch/agent";

  @Option(
      names = "--cluster-cidr",
      defaultValue = "10.40.0.0/16",
      description = "The whole cluster's pod addresses (default: ${DEFAULT-VALUE}).")
  String podRange = "10.40.0.0/16";

  @Option(
      names = "--node-cidr",
      defaultValue = "",
      description = "The nodes' addresses, reached without translation.")
  String nodeRange = "";

  @Option(
      names = "--node-labels",
      split = ",",
      description = "Labels as KEY=VALUE, set when the node registers first.")
  Map<String, String> labels = Map.of();

  @Option(
      names = "--register-with-taints",
      split = ",",
      description = "Taints as KEY=VALUE:EFFECT, set when the node registers first.")
  List<String> taints = List.of();

  @Option(
      names = "--max-pods",
      defaultValue = "110",
      description = "How many pods the node takes (default: ${DEFAULT-VALUE}).")
  int maxPods = NodeConfig.MAX_PODS;

  @Override
  public Integer call() throws InterruptedException {
    ServerAccess server = Kubeconfig.read(required(kubeconfig)).access();
    NodeIdentity identity = NodeIdentity.write(dataDir.resolve("pki"), server);
    Path foreign = runtime;
    Optional<Containerd> own =
        foreign == null ? Optional.of(NodeProcess.containerd(dataDir, runDir)) : Optional.empty();
    NodeConfig config =
        new NodeConfig(
            required(nodeName),
            address(),
            dataDir,
            foreign == null ? own.orElseThrow().socket() : foreign,
            cgroupRoot,
            NodeConfig.KUBELET_PORT,
            identity.certificate(),
            identity.key(),
            identity.authority(),
            labels,
            taints,
            maxPods,
            List.of(),
            "cluster.local");
    NodeProcess node =
        NodeProcess.start(
            new NodeProcess.Config(
                config,
                own,
                own.map(Containerd::cniConfigurations).orElse(cniConfigurations),
                server,
                podRange,
                nodeRange));
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      node.close();
                      ended.countDown();
                    }));
    ended.await();
    return 0;
  }

  private InetAddress address() {
    try {
      return InetAddress.getByName(required(nodeIp));
    } catch (UnknownHostException e) {
      throw new UserError(
          "--node-ip: '%s' is no address".formatted(nodeIp), "give one of this machine's own");
    }
  }

  private static <T> T required(@Nullable T value) {
    return java.util.Objects.requireNonNull(value);
  }
}
