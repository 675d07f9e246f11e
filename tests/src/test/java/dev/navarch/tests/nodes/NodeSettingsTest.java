package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.host.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A node whose agent was given a KubeletConfiguration; afterwards it is started as it was.
@RealClusterTest
class NodeSettingsTest {
  private static final String NODE = "node2";
  private static final Path LOG = Path.of("/var/log/navarch-" + RealCluster.NAME + ".txt");

  private final RealCluster cluster;
  private final Kubectl kubectl;
  private final Path folder;
  private List<String> before = List.of();

  NodeSettingsTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("settings");
    this.folder = cluster.home().resolve("settings");
  }

  @BeforeAll
  void configure() throws IOException {
    Files.createDirectories(folder.resolve("manifests"));
    Path file =
        Files.writeString(
            folder.resolve("kubelet.yaml"),
            """
            apiVersion: kubelet.config.k8s.io/v1beta1
            kind: KubeletConfiguration
            staticPodPath: %s/manifests
            enableSystemLogQuery: true
            seccompDefault: true
            crashLoopBackOff: {maxContainerRestartPeriod: 1s}
            shutdownGracePeriod: 10s
            shutdownGracePeriodCriticalPods: 5s
            """
                .formatted(folder));
    before = RealCluster.commandLine(cluster.agent(NODE));
    List<String> with = new ArrayList<>(before);
    with.add("--config=" + file);
    restart(with);
  }

  @AfterAll
  void asItWas() throws IOException {
    restart(before);
    Files.deleteIfExists(LOG);
    kubectl.ok("delete", "namespace", "settings", "--wait=false");
  }

  private void restart(List<String> commandLine) {
    ProcessId agent = cluster.agent(NODE);
    RealCluster.kill(agent);
    cluster.startAgent(NODE, commandLine);
    await()
        .atMost(RealCluster.PATIENCE)
        .until(() -> cluster.agent(NODE).isAlive() && healthz().equals("ok"));
  }

  /// As a program on the node asks.
  private String healthz() {
    return Running.start(
            Map.of(),
            "nsenter",
            "--net=/run/netns/" + cluster.place(NODE).netns(),
            "/bin/busybox",
            "wget",
            "-qO-",
            "http://127.0.0.1:10248/healthz")
        .finish(20)
        .output();
  }

  @Test
  void podsOfAFolderRunAndAreMirrored() throws IOException {
    Path manifest = folder.resolve("manifests/fixed.yaml");
    Files.writeString(
        manifest,
        Manifests.pod("fixed", "", "hold")
            .replace("name: fixed,", "name: fixed, namespace: settings,"));
    var mirror = cluster.awaitReady(kubectl, "fixed-" + NODE);
    assertThat(mirror.getMetadata().getAnnotations())
        .containsEntry("kubernetes.io/config.source", "file")
        .containsKey("kubernetes.io/config.mirror");
    assertThat(mirror.getMetadata().getOwnerReferences())
        .extracting(owner -> owner.getKind() + " " + owner.getName())
        .containsExactly("Node " + NODE);
    kubectl.ok("delete", "pod", "fixed-" + NODE, "--grace-period=0", "--force");
    var again = cluster.awaitReady(kubectl, "fixed-" + NODE);
    assertThat(again.getMetadata().getUid()).isNotEqualTo(mirror.getMetadata().getUid());
    assertThat(again.getStatus().getContainerStatuses().getFirst().getContainerID())
        .isEqualTo(mirror.getStatus().getContainerStatuses().getFirst().getContainerID());
    Files.delete(manifest);
    await()
        .atMost(RealCluster.PATIENCE)
        .until(
            () ->
                cluster
                    .api()
                    .find(io.fabric8.kubernetes.api.model.Pod.class, "settings", "fixed-" + NODE)
                    .isEmpty());
  }

  @Test
  void logsOfTheMachineAreToBeHad() throws IOException {
    Files.writeString(LOG, "one\ntwo\n");
    String logs = "/api/v1/nodes/%s/proxy/logs/".formatted(NODE);
    assertThat(kubectl.ok("get", "--raw", logs + "?query=/" + LOG.getFileName()))
        .isEqualTo("one\ntwo\n");
    assertThat(kubectl.run("get", "--raw", logs + "?query=/../../etc/passwd").all())
        .doesNotContain("root:");
  }

  @Test
  void whoStatesNoSeccompProfileGetsTheRuntimes() {
    kubectl.apply(Manifests.holder("filtered", NODE));
    cluster.awaitReady(kubectl, "filtered");
    assertThat(kubectl.in("filtered", "grep Seccomp: /proc/1/status")).isEqualTo("Seccomp:\t2\n");
  }

  @Test
  void containersComeBackAsSoonAsTheNodeSays() {
    kubectl.apply(
        Manifests.pod(
            "crashing", "nodeSelector: {kubernetes.io/hostname: %s}".formatted(NODE), "'false'"));
    cluster.awaitPod(
        kubectl,
        "crashing",
        pod ->
            pod.getStatus().getContainerStatuses().stream()
                .anyMatch(container -> container.getRestartCount() >= 5));
    kubectl.ok("delete", "pod", "crashing", "--wait=false");
  }

  /// This machine has no logind that could be asked, or another one than the test's.
  @Test
  void aShutdownThatNobodyTellsOfIsSaidToBe() throws IOException {
    if (!Files.exists(Path.of("/run/dbus/system_bus_socket"))) {
      assertThat(cluster.layout().log("agent-" + NODE))
          .content()
          .contains("shutdownGracePeriod has no effect while logind cannot be asked to wait");
    }
  }
}
