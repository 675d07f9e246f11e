package dev.navarch.app.cli;

import dev.navarch.api.ApiException;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.app.ControlPlane;
import dev.navarch.app.local.JavaCommand;
import dev.navarch.client.Cluster;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.Resource;
import dev.navarch.client.ServerAccess;
import dev.navarch.node.NodeAgent;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.Cri;
import dev.navarch.node.network.NodeNetwork;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Goes through what the long-running parts do when they start, so that the JVM can keep the loaded
/// and linked classes in a file. Run once, when Navarch is built.
@Command(name = "train", hidden = true)
final class Train implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Parameters(paramLabel = "PART", description = "server or agent.")
  String part = "server";

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("navarch-train");
    try {
      if (part.equals("server")) {
        trainServer(folder);
      } else {
        trainAgent(folder);
      }
    } finally {
      try (Stream<Path> tree = Files.walk(folder)) {
        tree.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      }
    }
    return 0;
  }

  private static void trainServer(Path folder) throws IOException, InterruptedException {
    var config = ApiServerConfig.of(folder.resolve("server"), "127.0.0.1", 0, "127.0.0.1");
    try (ControlPlane plane =
            ControlPlane.start(new ControlPlane.Config(config, "10.40.0.0/16", 1));
        HttpCluster cluster =
            new HttpCluster(access(plane.server().port(), folder), "train", new Random())) {
      useApi(cluster);
    }
  }

  /// Beside a server in a process of its own, so that the agent's file holds the agent's classes.
  private static void trainAgent(Path folder) throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Process server =
        new ProcessBuilder(
                JavaCommand.server(
                    List.of(
                        "--data-dir=" + folder.resolve("server"),
                        "--bind-address=127.0.0.1",
                        "--port=" + port,
                        "--advertise-address=127.0.0.1")))
            .inheritIO()
            .start();
    try {
      awaitPort(port);
      ServerAccess access = access(port, folder);
      try (HttpCluster cluster = new HttpCluster(access, "train", new Random())) {
        useApi(cluster);
        startAgent(cluster, folder);
      }
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  private static void awaitPort(int port) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < deadline) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException starting) {
        Thread.sleep(50);
      }
    }
  }

  private static ServerAccess access(int port, Path folder) throws IOException {
    Path pki = folder.resolve("server/pki");
    return ServerAccess.withCertificate(
        URI.create("https://127.0.0.1:" + port),
        Files.readAllBytes(pki.resolve("ca.crt")),
        Files.readAllBytes(pki.resolve("admin.crt")),
        Files.readAllBytes(pki.resolve("admin.key")));
  }

  private static void useApi(Cluster cluster) throws InterruptedException {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("train")
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("train")
            .withImage("train")
            .endContainer()
            .endSpec()
            .build();
    for (int attempt = 0; attempt < 20; attempt++) {
      try {
        cluster.create(pod);
        break;
      } catch (ApiException tooEarly) {
        Thread.sleep(100);
      }
    }
    for (Class<? extends io.fabric8.kubernetes.api.model.HasMetadata> type :
        List.of(Namespace.class, Node.class, Pod.class, Service.class)) {
      cluster.list(Resource.of(type), Cluster.ListOptions.ALL);
    }
  }

  /// Without a container runtime it comes no further than to wait for it.
  private static void startAgent(HttpCluster cluster, Path folder)
      throws IOException, InterruptedException {
    var informers = new ClusterInformers(cluster, new Random());
    var network = new NodeNetwork("train", "10.40.0.0/16", "", folder.resolve("cni"), informers);
    var node =
        new NodeConfig(
            "train",
            InetAddress.getLoopbackAddress(),
            folder.resolve("node"),
            folder.resolve("no.sock"),
            "/navarch-train",
            "none",
            0,
            folder.resolve("server/pki/apiserver.crt"),
            folder.resolve("server/pki/apiserver.key"),
            folder.resolve("server/pki/ca.crt"),
            Map.of(),
            List.of(),
            NodeConfig.MAX_PODS,
            List.of(),
            "cluster.local");
    informers.start();
    try (Cri runtime = Cri.at(node.criSocket());
        NodeAgent agent =
            NodeAgent.start(
                node, runtime, cluster, informers, EventRecorder.SILENT, InstantSource.system())) {
      Thread synced =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      informers.awaitSynced();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  });
      synced.join(LIMIT);
    }
    network.close();
  }
}
