package dev.navarch.app.cli;

import dev.navarch.app.NodeProcess;
import dev.navarch.app.join.Join;
import dev.navarch.app.join.NodeCertificates;
import dev.navarch.app.local.NodeIdentity;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.ServerAccess;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.runtime.Containerd;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    description = {
      "Makes this machine a node of a cluster: runs the pods that are given to it.",
      "Its pods go on when the agent ends, and are found again when it starts."
    })
final class Agent implements Callable<Integer> {
  @Mixin IdentityOptions identity = new IdentityOptions();

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
    Path kubeconfig = identity.kubeconfig(dataDir);
    ServerAccess server = Kubeconfig.read(kubeconfig).access();
    String name = identity.name();
    InetAddress address = identity.address(server.server());
    NodeIdentity files = NodeIdentity.ensure(dataDir.resolve("pki"), server, name, address);
    Path foreign = runtime;
    Optional<Containerd> own =
        foreign == null ? Optional.of(NodeProcess.containerd(dataDir, runDir)) : Optional.empty();
    NodeConfig config =
        new NodeConfig(
            name,
            address,
            dataDir,
            foreign == null ? own.orElseThrow().socket() : foreign,
            cgroupRoot,
            NodeConfig.KUBELET_PORT,
            files.certificate(),
            files.key(),
            files.authority(),
            labels,
            taints,
            maxPods,
            List.of(),
            "cluster.local");
    NodeProcess node =
        NodeProcess.start(
            new NodeProcess.Config(
                config,
                NodeIdentity.isForBothSides(server)
                    ? Optional.empty()
                    : Optional.of(
                        new NodeCertificates.Node(
                            name, address.getHostAddress(), kubeconfig, Join.SECONDS)),
                files,
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
}
