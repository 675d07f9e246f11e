package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Logs, exec, cp, attach and port-forward with every kubectl that this machine has: old ones speak
/// SPDY, new ones WebSocket.
@RealClusterTest
class KubectlStreamsTest {
  private static final Pattern FORWARDING = Pattern.compile("127\\.0\\.0\\.1:(\\d+) -> 80");

  private final RealCluster cluster;
  private final Kubectl newest;

  KubectlStreamsTest(RealCluster cluster) {
    this.cluster = cluster;
    this.newest = cluster.kubectl("streams");
  }

  static Stream<Path> programs() {
    return Stream.of("kubectl", "kubectl.1.20", "kubectl.1.27", "kubectl.1.32", "kubectl.1.33")
        .flatMap(name -> Kubectl.find(name).stream());
  }

  @BeforeAll
  void start() {
    newest.apply(Manifests.pod("server", "nodeName: node1", "serve, \"80\""));
    newest.apply(
        Manifests.pod(
            "counter",
            "nodeName: node2",
            "sh, -c, 'trap \"exit 0\" TERM; n=0; while true; do echo line $n; n=$((n+1)); sleep 0.2; done'"));
    newest.apply(
        Manifests.pod("pair", "nodeName: node1", "sh, -c, 'echo one; hold'")
            .replace("name: main", "name: first")
            .replace(
                "  containers:",
                "  initContainers: [{name: before, image: %1$s, command: [echo, zero]}]\n  containers:\n  - {name: second, image: %1$s, command: [sh, -c, 'echo two; hold']}"
                    .formatted('"' + RealCluster.IMAGE + '"')));
    newest.apply(
        Manifests.pod("restarting", "nodeName: node1", "sh, -c, 'echo before the end; exit 3'"));
    newest.apply(
        Manifests.pod(
                "echo",
                "nodeName: node2",
                "sh, -c, 'while read line; do echo heard $line; done; echo over; hold'")
            .replace("name: main,", "name: main, stdin: true,"));
    for (String pod : new String[] {"server", "counter", "echo", "pair"}) {
      cluster.awaitReady(newest, pod);
    }
    cluster.awaitPod(
        newest,
        "restarting",
        pod ->
            pod.getStatus().getContainerStatuses().stream().anyMatch(c -> c.getRestartCount() > 0));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void logs(Path program) {
    Kubectl kubectl = newest.version(program);
    assertThat(kubectl.ok("logs", "counter")).startsWith("line 0\nline 1\n");
    assertThat(kubectl.ok("logs", "counter", "--tail=1").lines()).hasSize(1);
    assertThat(kubectl.ok("logs", "restarting", "--previous")).isEqualTo("before the end\n");
    assertThat(kubectl.ok("logs", "counter", "--tail=2", "--timestamps").lines())
        .hasSize(2)
        .allMatch(line -> line.matches("20\\d\\d-\\d\\d-\\d\\dT[0-9:.]+Z line \\d+"));
    assertThat(kubectl.ok("logs", "counter", "--since=2s").lines().count()).isBetween(1L, 15L);
    assertThat(kubectl.ok("logs", "counter", "--since-time=2099-01-01T00:00:00Z")).isEmpty();
    assertThat(kubectl.ok("logs", "counter", "--limit-bytes=6")).isEqualTo("line 0");
    assertThat(kubectl.ok("logs", "pair", "--all-containers", "--prefix"))
        .contains("[pod/pair/first] one\n")
        .contains("[pod/pair/second] two\n")
        .contains("[pod/pair/before] zero\n");
    assertThat(kubectl.ok("logs", "-l", "app=pair", "-c", "second")).isEqualTo("two\n");
    try (Running follow = kubectl.start("logs", "-f", "counter", "--tail=1")) {
      await().until(() -> follow.output().lines().count() > 3);
    }
    assertThat(kubectl.run("logs", "server", "-c", "other").errors())
        .contains("container other is not valid for pod server");
  }

  @ParameterizedTest
  @MethodSource("programs")
  void exec(Path program) {
    Kubectl kubectl = newest.version(program);
    assertThat(kubectl.ok("exec", "server", "--", "hostname")).isEqualTo("server\n");
    Running.Ended both = kubectl.run("exec", "server", "--", "sh", "-c", "echo out; echo err >&2");
    assertThat(both.output()).isEqualTo("out\n");
    assertThat(both.errors()).isEqualTo("err\n");
    assertThat(kubectl.run("exec", "server", "--", "sh", "-c", "exit 7").end()).isEqualTo(7);
    assertThat(
            kubectl.start("exec", "-i", "server", "--", "md5sum").finish("12345", 20).succeeded())
        .startsWith("827ccb0eea8a706c4c34a16891f84e7b");
    assertThat(kubectl.run("exec", "server", "--", "no-such-program").all())
        .contains("no-such-program");
    Running.Ended terminal =
        kubectl.onTerminal("", "exec", "-it", "server", "--", "sh", "-c", "tty; exit 5");
    assertThat(terminal.output()).contains("/dev/pts/");
    assertThat(terminal.end()).isEqualTo(5);
  }

  @ParameterizedTest
  @MethodSource("programs")
  void copyBothWays(Path program) throws IOException {
    Kubectl kubectl = newest.version(program);
    var bytes = new byte[1_500_000];
    new Random(1).nextBytes(bytes);
    Path there = Files.createTempFile("navarch", ".bin");
    Path back = Files.createTempFile("navarch", ".bin");
    try {
      Files.write(there, bytes);
      kubectl.ok("cp", there.toString(), "server:/tmp/copied");
      kubectl.ok("cp", "server:/tmp/copied", back.toString());
      assertThat(Files.mismatch(there, back)).isEqualTo(-1);
    } finally {
      Files.delete(there);
      Files.delete(back);
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void portForward(Path program) {
    Kubectl kubectl = newest.version(program);
    try (Running forward = kubectl.start("port-forward", "pod/server", ":80")) {
      await().atMost(RealCluster.PATIENCE).until(() -> FORWARDING.matcher(forward.output()).find());
      Matcher port = FORWARDING.matcher(forward.output());
      assertThat(port.find()).isTrue();
      assertThat(Http.answers("127.0.0.1", Integer.parseInt(port.group(1)), 2))
          .containsExactly("server");
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void attach(Path program) {
    Kubectl kubectl = newest.version(program);
    try (Running attached = kubectl.start("attach", "-i", "echo")) {
      String word = program.getFileName().toString();
      attached.type(word + "\n");
      await().atMost(RealCluster.PATIENCE).until(() -> attached.output().contains("heard " + word));
    }
  }
}
