package dev.navarch.app;

import dev.navarch.app.join.NodeCertificates;
import dev.navarch.app.local.NodeIdentity;
import dev.navarch.client.ClusterEventRecorder;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.Resource;
import dev.navarch.client.ServerAccess;
import dev.navarch.node.NodeAgent;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.NodeProvision;
import dev.navarch.node.cri.Cri;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.host.Commands.CommandException;
import dev.navarch.node.network.NodeNetwork;
import dev.navarch.node.runtime.Containerd;
import dev.navarch.node.runtime.PauseImage;
import dev.navarch.node.runtime.Registries;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One node in this process: its container runtime (started here unless it is somebody else's), the
/// agent, and the node's share of the network.
public final class NodeProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);
  private static final Path REGISTRIES = Path.of("/etc/navarch/registries.yaml");
  private static final Duration FIRST_COLLECTION = Duration.ofSeconds(10);
  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final Duration COLLECTIONS = Duration.ofMinutes(3);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private NodeProcess() {}

  /// @param node what the agent has to know
  /// @param certificates whose certificates are kept fresh; empty when whoever wrote them does it
  /// @param ownRuntime the node's own containerd; empty when another one is used
  /// @param podRange the whole cluster's pod addresses
  /// @param nodeRange the nodes' addresses; empty when they are in no range of their own
  public record Config(
      NodeConfig node,
      Optional<NodeCertificates.Node> certificates,
      NodeIdentity identity,
      Optional<Containerd> ownRuntime,
      Path cniConfigurations,
      ServerAccess server,
      String podRange,
      String nodeRange) {}

  /// The containerd that belongs to a node with these folders.
  public static Containerd containerd(Path data, Path run) {
    return new Containerd(
        data.resolve("containerd"),
        run.resolve("containerd"),
        PauseImage.NAME,
        Registries.read(REGISTRIES));
  }

  /// Runs a node until it is interrupted. What fails is begun again from the start: only pods and
  /// runtime stay.
  public static void run(Config config) throws InterruptedException {
    while (true) {
      try (NodeProcess node = new NodeProcess()) {
        node.start(config).awaitEnd();
      } catch (IllegalStateException | CommandException | CriException e) {
        LOG.atError().addKeyValue("reason", e.getMessage()).log("the node did not start");
      }
      LOG.atWarn().log("the node is started again");
      Thread.sleep(AGAIN);
    }
  }

  private NodeAgent start(Config config) {
    InstantSource clock = InstantSource.system();
    Random random = new Random();
    NodeConfig node = config.node();
    config
        .ownRuntime()
        .ifPresent(containerd -> parts.push(OwnRuntime.start(containerd, node.dataDir())));
    var cluster = new HttpCluster(config.server(), "kubelet", random);
    parts.push(cluster);
    config
        .certificates()
        .ifPresent(
            whose -> parts.push(NodeCertificates.start(whose, config.identity(), cluster, clock)));
    var informers =
        new ClusterInformers(
            cluster,
            random,
            new ClusterInformers.Scope(Resource.of(Pod.class), "spec.nodeName=" + node.nodeName()));
    var network =
        new NodeNetwork(
            node.nodeName(),
            config.podRange(),
            config.nodeRange(),
            config.cniConfigurations(),
            informers);
    parts.push(network);
    var events = new ClusterEventRecorder(cluster, "kubelet", node.nodeName(), clock, random);
    parts.push(events);
    NodeProvision provision = NodeProvision.of(node, clock);
    Cri runtime = Cri.at(node.criSocket());
    parts.push(runtime);
    NodeAgent agent = NodeAgent.start(node, provision, runtime, cluster, informers, events, clock);
    parts.push(agent);
    network.start();
    parts.push(giveBackMemory());
    return agent;
  }

  /// Leaves pods and runtime running: the next agent finds them again.
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        LOG.atWarn().setCause(e).log("a part of the node did not close");
      }
    }
  }

  /// The serial collector returns memory to the machine at full collections only, which an idle
  /// agent would never come to.
  private static AutoCloseable giveBackMemory() {
    Thread thread =
        Thread.ofVirtual()
            .name("memory")
            .start(
                () -> {
                  try {
                    for (Duration pause = FIRST_COLLECTION; ; pause = COLLECTIONS) {
                      Thread.sleep(pause);
                      System.gc();
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    return thread::interrupt;
  }
}
