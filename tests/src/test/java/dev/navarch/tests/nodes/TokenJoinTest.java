package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.app.local.Credentials;
import dev.navarch.node.host.Commands;
import dev.navarch.node.host.ProcessId;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two machines, each a network namespace with one cable between them: the second one joins the
/// first one's cluster with the command that the first one prints, and needs no token afterwards.
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

  private Running server() {
    return Running.start(
        Map.of(),
        onMaster(
            "server", "--data-dir=" + folder.resolve("server"), "--advertise-address=10.213.7.1"));
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

  /// The API server's answer at a path; it reaches the node's agent only by a certificate that the
  /// cluster signed.
  private void awaitAnswer(Running program, String path, String answer) {
    Path kubeconfig = folder.resolve("admin");
    String kubectl = Kubectl.find("kubectl").orElseThrow().toString();
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
                return Running.start(
                        Map.of(),
                        "ip",
                        "netns",
                        "exec",
                        MASTER,
                        kubectl,
                        "--kubeconfig=" + kubeconfig,
                        "get",
                        "--raw",
                        path)
                    .finish(20)
                    .output()
                    .contains(answer);
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("it said: " + program.output() + program.errors(), e);
    }
  }
}
