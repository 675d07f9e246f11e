package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.app.local.Credentials;
import dev.navarch.app.local.NodeIdentity;
import dev.navarch.client.Kubeconfig;
import dev.navarch.node.host.Commands;
import dev.navarch.node.host.ProcessId;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two machines, each a network namespace with one cable between them: the second one joins the
/// first one's cluster with the command that the first one prints, needs no token afterwards,
/// renews its certificates, and leaves.
@Tag("nodes")
class TokenJoinTest {
  private static final String MASTER = "navjoin-m";
  private static final String WORKER = "navjoin-w";
  private static final String SERVER = "https://10.213.7.1:6443";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  @BeforeEach
  void twoMachines() {
    remove();
    Commands.run("ip", "netns", "add", MASTER);
    Commands.run("ip", "netns", "add", WORKER);
    Commands.run(
        "ip", "link", "add", "up0", "netns", MASTER, "type", "veth", "peer", "name", "up0", "netns",
        WORKER);
    plug(MASTER, "10.213.7.1/24");
    plug(WORKER, "10.213.7.2/24");
  }

  private static void plug(String machine, String address) {
    Commands.run("ip", "-n", machine, "link", "set", "lo", "up");
    Commands.run("ip", "-n", machine, "addr", "add", address, "dev", "up0");
    Commands.run("ip", "-n", machine, "link", "set", "up0", "up");
  }

  @AfterEach
  void remove() {
    ProcessId.read(folder.resolve("run/containerd/containerd.pid"))
        .ifPresent(
            runtime -> {
              runtime.kill();
              await().until(() -> !runtime.isAlive());
            });
    for (String machine : new String[] {MASTER, WORKER}) {
      Commands.succeeds("ip", "netns", "del", machine);
    }
  }

  private static String[] navarch(String machine, Stream<String> words) {
    return Stream.concat(
            Stream.of(
                "ip",
                "netns",
                "exec",
                machine,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.navarch.app.Navarch"),
            words)
        .toArray(String[]::new);
  }

  private String[] onMaster(String... words) {
    return navarch(MASTER, Arrays.stream(words));
  }

  private String[] agent(String... words) {
    return navarch(
        WORKER,
        Stream.concat(
            Stream.of("agent"),
            Stream.concat(
                Arrays.stream(words),
                Stream.of(
                    "--node-name=worker1",
                    "--data-dir=" + folder.resolve("agent"),
                    "--run-dir=" + folder.resolve("run"),
                    "--cgroup-root=/navarch/join-test"))));
  }

  private Running server(String... more) {
    return Running.start(
        Map.of(),
        onMaster(
            Stream.concat(
                    Stream.of(
                        "server",
                        "--data-dir=" + folder.resolve("server"),
                        "--advertise-address=10.213.7.1"),
                    Arrays.stream(more))
                .toArray(String[]::new)));
  }

  private String token(String... words) {
    return Running.start(
            Map.of(),
            onMaster(
                Stream.concat(
                        Stream.concat(Stream.of("token"), Arrays.stream(words)),
                        Stream.of("--server-dir=" + folder.resolve("server"), "--server=" + SERVER))
                    .toArray(String[]::new)))
        .finish(30)
        .succeeded();
  }

  @Test
  void aServersAddressAndATokenAreEnough() {
    try (Running server = server()) {
      awaitAnswer(server, "/readyz", "ok");
      String[] command = token("create").strip().split(" ", -1);
      assertThat(command).startsWith("./navarch", "agent", "--server", SERVER, "--token");
      try (Running agent =
          Running.start(Map.of(), agent(Arrays.copyOfRange(command, 2, command.length)))) {
        awaitAnswer(agent, "/api/v1/nodes/worker1/proxy/pods", "PodList");
      }
      String id = command[5].substring(0, 6);
      token("delete", id);
      assertThat(token("list")).doesNotContain(id);
      try (Running again = Running.start(Map.of(), agent())) {
        awaitAnswer(again, "/api/v1/nodes/worker1/proxy/pods", "PodList");
      }
    }
  }

  /// Certificates that live for less than a minute: the node is reached, and reaches the server,
  /// long after its first ones have ended, without a restart. Then it is taken out of the cluster.
  @Test
  void certificatesAreRenewedAndTheNodeIsRemoved() throws IOException {
    try (Running server = server("--cluster-signing-duration=40s")) {
      awaitAnswer(server, "/readyz", "ok");
      String[] command = token("create").strip().split(" ", -1);
      try (Running agent =
          Running.start(Map.of(), agent(Arrays.copyOfRange(command, 2, command.length)))) {
        awaitAnswer(agent, "/api/v1/nodes/worker1/proxy/pods", "PodList");
        X509Certificate client = clientCertificate();
        X509Certificate serving = servingCertificate();
        Instant end = later(client, serving);
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    !clientCertificate().equals(client)
                        && !servingCertificate().equals(serving)
                        && Instant.now().isAfter(end));
        awaitAnswer(agent, "/api/v1/nodes/worker1/proxy/pods", "PodList");
        Instant heartbeat = heartbeat();
        await().atMost(PATIENCE).until(() -> heartbeat().isAfter(heartbeat));
        assertThat(heartbeat()).isAfter(end);
        kubectl("drain", "worker1", "--ignore-daemonsets").succeeded();
      }
      kubectl("delete", "node", "worker1").succeeded();
      assertThat(kubectl("get", "nodes", "-o", "name").succeeded()).isEmpty();
    }
  }

  private X509Certificate clientCertificate() {
    Path kubeconfig = folder.resolve("agent/kubeconfig");
    return NodeIdentity.parse(
        Objects.requireNonNull(Kubeconfig.read(kubeconfig).access().certificate()));
  }

  private X509Certificate servingCertificate() throws IOException {
    return NodeIdentity.parse(Files.readAllBytes(folder.resolve("agent/pki/kubelet.crt")));
  }

  private static Instant later(X509Certificate one, X509Certificate other) {
    Instant end = one.getNotAfter().toInstant();
    Instant otherEnd = other.getNotAfter().toInstant();
    return end.isAfter(otherEnd) ? end : otherEnd;
  }

  /// When the node's lease was renewed last.
  private Instant heartbeat() {
    return Instant.parse(
        kubectl(
                "get",
                "lease",
                "-n",
                "kube-node-lease",
                "worker1",
                "-o",
                "jsonpath={.spec.renewTime}")
            .succeeded());
  }

  private Running.Ended kubectl(String... words) {
    String kubectl = Kubectl.find("kubectl").orElseThrow().toString();
    return Running.start(
            Map.of(),
            Stream.concat(
                    Stream.of(
                        "ip",
                        "netns",
                        "exec",
                        MASTER,
                        kubectl,
                        "--kubeconfig=" + folder.resolve("admin")),
                    Arrays.stream(words))
                .toArray(String[]::new))
        .finish(60);
  }

  /// The API server's answer at a path; it reaches the node's agent only by a certificate that the
  /// cluster signed.
  private void awaitAnswer(Running program, String path, String answer) {
    Path kubeconfig = folder.resolve("admin");
    try {
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                if (!Files.exists(folder.resolve("server/pki/admin.key"))) {
                  return false;
                }
                Files.writeString(
                    kubeconfig,
                    new Credentials("join", folder.resolve("server/pki"), URI.create(SERVER))
                        .adminKubeconfig());
                return kubectl("get", "--raw", path).output().contains(answer);
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("it said: " + program.output() + program.errors(), e);
    }
  }
}
