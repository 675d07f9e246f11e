package dev.navarch.app.join;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.app.ControlPlane;
import dev.navarch.app.local.AuthorityHash;
import dev.navarch.app.local.NodeIdentity;
import dev.navarch.app.local.UserError;
import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Cluster;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.Key;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.Resource;
import dev.navarch.client.ServerAccess;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// A machine joins a real control plane with nothing but an address and a token.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JoinTest {
  private static final int SECONDS = 3600;
  @TempDir static Path folder;
  private ControlPlane plane;
  private Cluster admin;
  private URI server;
  private String hash;
  private BootstrapToken token;

  @BeforeAll
  void start() throws Exception {
    var config =
        new ApiServerConfig(
            folder.resolve("server"),
            "127.0.0.1",
            0,
            "127.0.0.1",
            List.of(),
            "10.96.0.0/16",
            30000,
            32767,
            "join",
            Optional.empty(),
            Optional.empty());
    plane =
        ControlPlane.start(
            new ControlPlane.Config(config, "10.40.0.0/16", 0, ControlPlane.Config.A_YEAR));
    admin = plane.server().cluster("tests");
    server = URI.create("https://127.0.0.1:" + plane.server().port());
    hash = AuthorityHash.of(plane.server().pki().authority().certificate());
    token = BootstrapToken.create(Optional.of(Instant.now().plusSeconds(SECONDS)));
    admin.create(token.toSecret());
  }

  @AfterAll
  void stop() {
    plane.close();
  }

  private Path join(String name, String text, String authority) throws InterruptedException {
    Path kubeconfig = folder.resolve(name + ".kubeconfig");
    Join.join(server, text, Optional.of(authority), name, SECONDS, kubeconfig);
    return kubeconfig;
  }

  private void node(String name, String address, String ready) {
    admin.create(new NodeBuilder().withNewMetadata().withName(name).endMetadata().build());
    String status =
        """
        {"status": {"conditions": [{"type": "Ready", "status": "%s"}],
          "addresses": [{"type": "InternalIP", "address": "%s"}]}}
        """
            .formatted(ready, address);
    admin.patch(
        Resource.of(Node.class),
        new Key("", name),
        new Cluster.Patch(Cluster.Patch.Type.MERGE, status.getBytes(UTF_8)),
        "status");
  }

  @Test
  void aTokenGivesANodeItsIdentity() throws Exception {
    Path kubeconfig = join("one", token.text(), hash);
    ServerAccess access = Kubeconfig.read(kubeconfig).access();
    try (var cluster = new HttpCluster(access, "kubelet", new Random())) {
      assertThat(cluster.list(Resource.of(Node.class), Cluster.ListOptions.ALL).items())
          .isNotNull();
    }
    assertThat(Join.holds(kubeconfig, "one", Optional.of(server))).isTrue();
    assertThat(Join.holds(kubeconfig, "other", Optional.of(server))).isFalse();
    assertThat(Join.holds(kubeconfig, "one", Optional.of(URI.create("https://x:1")))).isFalse();
  }

  @Test
  void whatIsWrongIsSaid() {
    assertThatThrownBy(() -> join("x", token.id() + ".0000000000000000", hash))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the secret of token");
    assertThatThrownBy(() -> join("x", token.text(), "sha256:" + "0".repeat(64)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("expected was sha256:000");
    assertThatThrownBy(() -> join("x", "nonsense", hash)).hasMessageContaining("--token");
    assertThatThrownBy(
            () ->
                Join.join(
                    URI.create("https://127.0.0.1:1"),
                    token.text(),
                    Optional.empty(),
                    "x",
                    SECONDS,
                    folder.resolve("x")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("does not tell who it is");
  }

  @Test
  void aLivingNodesNameIsTaken() {
    node("taken", "127.0.0.2", "True");
    assertThatThrownBy(() -> join("taken", token.text(), hash))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("node taken is alive");
  }

  @Test
  void certificatesAreRenewedInTime() throws Exception {
    Path kubeconfig = join("renewing", token.text(), hash);
    ServerAccess access = Kubeconfig.read(kubeconfig).access();
    X509Certificate first = NodeIdentity.parse(requireNonNull(access.certificate()));
    InetAddress address = InetAddress.getByName("127.0.0.3");
    NodeIdentity files = NodeIdentity.ensure(folder.resolve("pki"), access, "renewing", address);
    byte[] authority = requireNonNull(access.authority());
    assertThat(NodeIdentity.isSigned(Pem.readCertificate(files.certificate()), authority))
        .isFalse();
    node("renewing", "127.0.0.3", "False");
    InstantSource late = InstantSource.offset(InstantSource.system(), Duration.ofMinutes(50));
    try (var cluster = new HttpCluster(access, "kubelet", new Random());
        var renewal =
            NodeCertificates.start(
                new NodeCertificates.Node("renewing", "127.0.0.3", kubeconfig, SECONDS),
                files,
                cluster,
                late)) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> NodeIdentity.isSigned(Pem.readCertificate(files.certificate()), authority));
      assertThat(renewal).isNotNull();
      var renewed =
          NodeIdentity.parse(requireNonNull(Kubeconfig.read(kubeconfig).access().certificate()));
      assertThat(renewed.getSerialNumber()).isNotEqualTo(first.getSerialNumber());
      assertThat(renewed.getSubjectX500Principal()).isEqualTo(first.getSubjectX500Principal());
      assertThat(cluster.list(Resource.of(Node.class), Cluster.ListOptions.ALL).items())
          .isNotEmpty();
    }
    assertThat(NodeIdentity.ensure(folder.resolve("pki"), access, "renewing", address))
        .isEqualTo(files);
    assertThat(NodeIdentity.isSigned(Pem.readCertificate(files.certificate()), authority)).isTrue();
  }
}
