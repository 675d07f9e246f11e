package dev.navarch.app.cli;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.Resource;
import dev.navarch.client.ServerAccess;
import dev.navarch.node.NodeAgent;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.NodeProvision;
import dev.navarch.node.cri.Cri;
import dev.navarch.node.images.CredentialProviders;
import dev.navarch.node.network.NodeNetwork;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// An agent that starts beside a server of another process, so that the JVM can keep its classes.
final class TrainAgent {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private TrainAgent() {}

  /// @param arguments the server's port, and the folder that it works in
  public static void main(String[] arguments) throws IOException, InterruptedException {
    AgentMain.commandLine()
        .parseArgs("--kubeconfig=none", "--node-name=train", "--node-ip=127.0.0.1");
    Path folder = Path.of(arguments[1]);
    ServerAccess access = access(Integer.parseInt(arguments[0]), folder);
    try (HttpCluster cluster = new HttpCluster(access, "train", new Random())) {
      useApi(cluster);
      startAgent(cluster, folder);
    }
    System.exit(0);
  }

  static ServerAccess access(int port, Path folder) throws IOException {
    Path pki = folder.resolve("server/pki");
    return ServerAccess.withCertificate(
        URI.create("https://127.0.0.1:" + port),
        Files.readAllBytes(pki.resolve("ca.crt")),
        Files.readAllBytes(pki.resolve("admin.crt")),
        Files.readAllBytes(pki.resolve("admin.key")));
  }

  static void useApi(Cluster cluster) throws InterruptedException {
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
    for (Class<? extends HasMetadata> type :
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
            folder.resolve("server/pki/apiserver.crt"),
            folder.resolve("server/pki/apiserver.key"),
            folder.resolve("server/pki/ca.crt"),
            Map.of(),
            KubeletSettings.defaults().with("port", 0),
            CredentialProviders.none());
    informers.start();
    try (Cri runtime = Cri.at(node.criSocket());
        NodeAgent agent =
            NodeAgent.start(
                node,
                NodeProvision.of(node, InstantSource.system()),
                runtime,
                cluster,
                informers,
                EventRecorder.SILENT,
                InstantSource.system())) {
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
