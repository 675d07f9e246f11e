package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `kubectl debug` and `kubectl top` with every kubectl that this machine has.
@RealClusterTest
class KubectlDebugTest {
  private final RealCluster cluster;
  private final Kubectl newest;

  KubectlDebugTest(RealCluster cluster) {
    this.cluster = cluster;
    this.newest = cluster.kubectl("debug");
  }

  static Stream<Path> programs() {
    return KubectlStreamsTest.programs();
  }

  /// Old ones send a kind for ephemeral containers that servers have not known since v1.23.
  static boolean knowsEphemeralContainers(Path program) {
    return !program.getFileName().toString().equals("kubectl.1.20")
        && !Running.start(Map.of(), program.toString(), "version", "--client")
            .finish(20)
            .output()
            .contains("v1.20.");
  }

  @BeforeAll
  void start() {
    newest.apply(Manifests.pod("patient", "nodeName: node1", "serve, \"80\""));
    cluster.awaitReady(newest, "patient");
  }

  @AfterAll
  void end() {
    newest.ok("delete", "namespace", "debug", "--wait=false");
  }

  @ParameterizedTest
  @MethodSource("programs")
  void containerBesideOthers(Path program) {
    assertThat(debug(program, "beside", "wget -qO- http://127.0.0.1/cgi-bin/who"))
        .startsWith("patient 127.0.0.1");
  }

  @ParameterizedTest
  @MethodSource("programs")
  void containerAmongAnothersProcesses(Path program) {
    assertThat(debug(program, "target", "tr '\\0' ' ' </proc/1/cmdline", "--target=main"))
        .contains("serve 80");
  }

  /// What a script in a debugging container of the pod says.
  private String debug(Path program, String kind, String script, String... options) {
    assumeTrue(knowsEphemeralContainers(program));
    Kubectl kubectl = newest.version(program);
    String name = kind + "-" + number(program);
    List<String> words = new ArrayList<>(List.of("debug", "patient", "-c", name));
    words.add("--image=" + RealCluster.IMAGE);
    words.addAll(List.of(options));
    words.addAll(List.of("--", "sh", "-c", script));
    kubectl.ok(words.toArray(String[]::new));
    assertThat(ended(name)).isEqualTo(0);
    return kubectl.ok("logs", "patient", "-c", name);
  }

  @ParameterizedTest
  @MethodSource("programs")
  void copyOfThePod(Path program) {
    Kubectl kubectl = newest.version(program);
    String copy = "copy-" + number(program);
    kubectl.ok(
        "debug",
        "patient",
        "--copy-to=" + copy,
        "--container=main",
        "--image=" + RealCluster.IMAGE,
        "--share-processes",
        "--",
        "sh",
        "-c",
        "echo copied; hold");
    cluster.awaitReady(newest, copy);
    assertThat(kubectl.ok("logs", copy, "-c", "main")).isEqualTo("copied\n");
    assertThat(kubectl.ok("exec", copy, "--", "sh", "-c", "tr '\\0' ' ' </proc/1/cmdline"))
        .contains("pause");
    kubectl.ok("delete", "pod", copy, "--grace-period=0", "--force");
  }

  @ParameterizedTest
  @MethodSource("programs")
  void podOnANode(Path program) {
    Kubectl kubectl = newest.version(program);
    String said =
        kubectl.ok(
            "debug",
            "node/node2",
            "--image=" + RealCluster.IMAGE,
            "--",
            "sh",
            "-c",
            "ls -d /host/etc && ip addr");
    String pod = said.replaceAll("(?s).*(node-debugger-node2-[a-z0-9]+).*", "$1");
    cluster.awaitPod(newest, pod, found -> "Succeeded".equals(found.getStatus().getPhase()));
    assertThat(kubectl.ok("logs", pod)).contains("/host/etc").contains(RealCluster.NODES);
    kubectl.ok("delete", "pod", pod);
  }

  @ParameterizedTest
  @MethodSource("programs")
  void top(Path program) {
    Kubectl kubectl = newest.version(program);
    await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(
            () -> {
              assertThat(kubectl.run("top", "pods", "--containers", "--no-headers").output())
                  .containsPattern("(?m)^patient +main +[0-9]+m +[0-9]+Mi");
              assertThat(kubectl.run("top", "nodes").output())
                  .containsPattern("(?m)^node1 +[0-9]+m +[0-9]+% ");
            });
  }

  private int ended(String debugger) {
    Pod pod =
        cluster.awaitPod(
            newest,
            "patient",
            found ->
                found.getStatus().getEphemeralContainerStatuses().stream()
                    .anyMatch(
                        status ->
                            status.getName().equals(debugger)
                                && status.getState().getTerminated() != null));
    return pod.getStatus().getEphemeralContainerStatuses().stream()
        .filter(status -> status.getName().equals(debugger))
        .findFirst()
        .orElseThrow()
        .getState()
        .getTerminated()
        .getExitCode();
  }

  private static String number(Path program) {
    return program.getFileName().toString().replaceAll("[^0-9]", "") + "x";
  }
}
