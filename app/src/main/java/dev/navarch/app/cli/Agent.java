package dev.navarch.app.cli;

import dev.navarch.app.NodeProcess;
import dev.navarch.app.join.Join;
import dev.navarch.app.join.NodeCertificates;
import dev.navarch.app.local.NodeIdentity;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.ServerAccess;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.runtime.Containerd;
import dev.navarch.node.settings.KubeletSettings;
import dev.navarch.node.settings.MachineRules;
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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    description = {
      "Makes this machine a node of a cluster: runs the pods that are given to it.",
      "Its pods go on when the agent ends, and are found again when it starts."
    })
final class Agent implements Callable<Integer> {
  @Mixin IdentityOptions identity = new IdentityOptions();
  @Mixin KubeletOptions kubelet = new KubeletOptions();

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
      description = "The control group for the node's pods (default: /navarch/agent).")
  @Nullable String cgroupRoot;

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
      names = "--print-systemd-unit",
      description = "Prints a unit by which systemd runs this agent, and does nothing else.")
  boolean printUnit;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws InterruptedException {
    KubeletSettings stated = kubelet.settings(InetAddress.getLoopbackAddress());
    if (printUnit) {
      Path home = Path.of(System.getProperty("navarch.home", "/opt/navarch"));
      List<String> words = spec.commandLine().getParseResult().originalArgs();
      spec.commandLine()
          .getOut()
          .print(new SystemdUnit(home.resolve("navarch"), after("agent", words)).text());
      spec.commandLine().getOut().flush();
      return 0;
    }
    MachineRules.require(stated, Path.of("/"));
    Path kubeconfig = identity.kubeconfig(dataDir);
    ServerAccess server = Kubeconfig.read(kubeconfig).access();
    String name = identity.name();
    InetAddress address = identity.address(server.server());
    NodeIdentity files = NodeIdentity.ensure(dataDir.resolve("pki"), server, name, address);
    KubeletSettings settings =
        kubelet
            .settings(address)
            .with("cgroupRoot", cgroupRoot(stated))
            .with(
                "containerRuntimeEndpoint",
                runtime(stated).map(path -> "unix://" + path).orElse(""));
    Path foreign = runtime(stated).orElse(null);
    Optional<Containerd> own =
        foreign == null ? Optional.of(NodeProcess.containerd(dataDir, runDir)) : Optional.empty();
    NodeConfig config =
        new NodeConfig(
            name,
            address,
            dataDir,
            foreign == null ? own.orElseThrow().socket() : foreign,
            settings.text("cgroupRoot"),
            settings.ifStated("tlsCertFile").map(Path::of).orElse(files.certificate()),
            settings.ifStated("tlsPrivateKeyFile").map(Path::of).orElse(files.key()),
            settings
                .ifStated("authentication.x509.clientCAFile")
                .map(Path::of)
                .orElse(files.authority()),
            labels,
            settings,
            kubelet.credentialProviders());
    NodeProcess.Config node =
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
            nodeRange);
    Thread runner = Thread.currentThread();
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      runner.interrupt();
                      try {
                        ended.await();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    }));
    try {
      NodeProcess.run(node);
      return 0;
    } finally {
      ended.countDown();
    }
  }

  /// What follows a word, or all of it where the word is missing.
  private static List<String> after(String word, List<String> words) {
    return words.subList(words.indexOf(word) + 1, words.size());
  }

  private String cgroupRoot(KubeletSettings stated) {
    return cgroupRoot != null ? cgroupRoot : stated.ifStated("cgroupRoot").orElse("/navarch/agent");
  }

  /// Somebody else's runtime, by its socket.
  private Optional<Path> runtime(KubeletSettings stated) {
    return Optional.ofNullable(runtime)
        .map(Path::toString)
        .or(() -> stated.ifStated("containerRuntimeEndpoint"))
        .map(endpoint -> Path.of(endpoint.replaceFirst("^unix://", "")));
  }
}
