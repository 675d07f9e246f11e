package dev.navarch.tests;

import static org.awaitility.Awaitility.await;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.auth.Pki;
import dev.navarch.app.ControlPlane;
import dev.navarch.client.Cluster;
import dev.navarch.client.Kubeconfigs;
import dev.navarch.client.Resource;
import dev.navarch.client.ServerAccess;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// A control plane in this process, on a port and in a folder of its own, with three nodes without
/// containers; and the kubeconfig of its administrator.
public final class TestCluster implements AutoCloseable {
  private static final int NODES = 3;
  private static final String TOKEN = "let-me-in";

  private final Path folder;
  private final ControlPlane plane;

  private TestCluster(Path folder, ControlPlane plane) {
    this.folder = folder;
    this.plane = plane;
  }

  static TestCluster start() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("navarch-test");
    Path tokens = folder.resolve("tokens.csv");
    Files.writeString(tokens, TOKEN + ",tester,1,\"system:masters\"\n");
    var server =
        new ApiServerConfig(
            folder.resolve("data"),
            "127.0.0.1",
            0,
            "127.0.0.1",
            List.of(),
            "10.96.0.0/16",
            30000,
            32767,
            "test",
            Optional.of(tokens),
            Optional.empty());
    var config = new ControlPlane.Config(server, "10.40.0.0/16", NODES, ControlPlane.Config.A_YEAR);
    TestCluster cluster = new TestCluster(folder, ControlPlane.start(config));
    Files.writeString(cluster.kubeconfig(), Kubeconfigs.text("test", cluster.administrator()));
    await().atMost(Duration.ofSeconds(30)).until(cluster::nodesAreReady);
    return cluster;
  }

  Cluster api() {
    return plane.server().cluster("tests");
  }

  public URI uri() {
    return URI.create("https://127.0.0.1:" + plane.server().port());
  }

  public Path kubeconfig() {
    return folder.resolve("kubeconfig");
  }

  /// What the administrator may show instead of a certificate.
  public String token() {
    return TOKEN;
  }

  public Path authority() {
    return plane.server().pki().certificate("ca");
  }

  Wire wire() {
    return new Wire(uri(), authority(), TOKEN);
  }

  private ServerAccess administrator() {
    Pki pki = plane.server().pki();
    return access(uri(), pki.certificate("ca"), pki.certificate("admin"), pki.key("admin"));
  }

  static ServerAccess access(URI server, Path ca, Path certificate, Path key) {
    try {
      return ServerAccess.withCertificate(
          server, Files.readAllBytes(ca), Files.readAllBytes(certificate), Files.readAllBytes(key));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A kubectl in a new namespace, in which pods can be made at once.
  Kubectl kubectl(Kubectls.Binary binary, String test) {
    String namespace = test.toLowerCase(Locale.ROOT) + "-1-" + binary.minor();
    addNamespace(namespace);
    return new Kubectl(binary, folder, namespace);
  }

  public void addNamespace(String name) {
    api().create(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build());
    await().until(() -> api().find(ServiceAccount.class, name, "default").isPresent());
  }

  private boolean nodesAreReady() {
    List<Node> nodes = api().list(Resource.of(Node.class), Cluster.ListOptions.ALL).items();
    return nodes.size() == NODES
        && nodes.stream()
            .allMatch(
                node ->
                    node.getSpec().getTaints().isEmpty()
                        && node.getStatus().getConditions().stream()
                            .anyMatch(
                                condition ->
                                    condition.getType().equals("Ready")
                                        && condition.getStatus().equals("True")));
  }

  @Override
  public void close() throws IOException {
    plane.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /// Hands out one cluster for the whole run of tests: started when first asked for, closed at the
  /// end.
  public static final class Shared implements ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE =
        ExtensionContext.Namespace.create(TestCluster.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == TestCluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(NAMESPACE)
          .computeIfAbsent(TestCluster.class, _ -> started(), TestCluster.class);
    }

    private static TestCluster started() {
      try {
        return start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
