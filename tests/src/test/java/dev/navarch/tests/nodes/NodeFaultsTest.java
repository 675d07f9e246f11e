package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.cri.Cri;
import dev.navarch.node.host.Commands;
import dev.navarch.node.host.ProcessId;
import dev.navarch.node.runtime.OciArchive;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// When something that a pod needs is missing or broken, its status and events say what, and it
/// goes on by itself when the cause is gone; nothing of the failed tries stays.
@RealClusterTest
class NodeFaultsTest {
  private static final String NODE = "node2";
  private static final String ON_NODE = "nodeSelector: {kubernetes.io/hostname: " + NODE + "}";
  private static final Duration LONG = Duration.ofSeconds(90);

  private final RealCluster cluster;
  private final Kubectl kubectl;
  private final Cri runtime;

  NodeFaultsTest(RealCluster cluster) {
    this.cluster = cluster;
    this.runtime = cluster.runtime(NODE);
    this.kubectl = cluster.kubectl("faults");
  }

  @AfterAll
  void end() {
    runtime.close();
    kubectl.ok("delete", "namespace", "faults", "--wait=false");
  }

  @Test
  void missingConfigMapIsNamedAndHeals() {
    kubectl.apply(withVolume("no-map", "configMap: {name: late-map, items: [{key: k, path: k}]}"));
    awaitEvent("no-map", "FailedMount", "configmap \"late-map\" not found");
    kubectl.ok("create", "configmap", "late-map", "--from-literal=other=x");
    awaitEvent("no-map", "FailedMount", "references non-existent config key: k");
    kubectl.ok("patch", "configmap", "late-map", "-p", "{\"data\":{\"k\":\"v\"}}");
    assertThat(cluster.awaitPod(kubectl, "no-map", RealCluster::isReady)).isNotNull();
    assertThat(kubectl.in("no-map", "cat /v/k")).isEqualTo("v");
  }

  @Test
  void missingSecretAndKeyAreNamedAndHeal() {
    kubectl.apply(
        Manifests.pod("no-secret", ON_NODE, "hold")
            .replace(
                "name: main,",
                "name: main, env: [{name: A, valueFrom: {secretKeyRef: {name: late-secret, key:"
                    + " k}}}],"));
    awaitWaiting("no-secret", "CreateContainerConfigError", "secret \"late-secret\" not found");
    kubectl.ok("create", "secret", "generic", "late-secret", "--from-literal=other=x");
    awaitWaiting(
        "no-secret",
        "CreateContainerConfigError",
        "couldn't find key k in Secret faults/late-secret");
    kubectl.ok("patch", "secret", "late-secret", "-p", "{\"stringData\":{\"k\":\"v\"}}");
    cluster.awaitReady(kubectl, "no-secret");
    assertThat(kubectl.in("no-secret", "echo $A")).isEqualTo("v\n");
  }

  @Test
  @Tag("slow")
  void missingImageIsNamedAndHealsWhenItIsLoaded() {
    String image = "navarch.test/late:1";
    kubectl.apply(Manifests.pod("no-image", ON_NODE, "hold").replace(RealCluster.IMAGE, image));
    awaitWaiting("no-image", "ImagePullBackOff", image);
    Path archive = cluster.home().resolve("late.tar");
    OciArchive late = Tools.image(image);
    late.write(archive);
    cluster.navarch("image", "load", archive.toString()).succeeded();
    assertThat(await().atMost(LONG).until(() -> find("no-image"), NodeFaultsTest::isReady))
        .isPresent();
  }

  @Test
  void missingFolderOfTheNodeIsNamedAndHeals() throws IOException {
    Path folder = cluster.home().resolve("late-folder");
    kubectl.apply(
        withVolume("no-folder", "hostPath: {path: %s, type: Directory}".formatted(folder)));
    awaitEvent("no-folder", "FailedMount", "hostPath type check failed: " + folder);
    Files.createDirectories(folder);
    cluster.awaitReady(kubectl, "no-folder");
  }

  /// The pod's volumes are on a disk that is too small for them.
  @Test
  @Tag("slow")
  void fullDiskIsNamedAndHeals() throws IOException {
    kubectl.ok("create", "configmap", "bulky", "--from-literal=k=" + "x".repeat(20_000));
    kubectl.apply(
        withVolume("no-space", "configMap: {name: bulky}")
            .replace("nodeSelector:", "schedulingGates: [{name: test/wait}]\n  nodeSelector:"));
    String uid = find("no-space").orElseThrow().getMetadata().getUid();
    Path volumes = cluster.place(NODE).data().resolve("pods").resolve(uid).resolve("volumes");
    Files.createDirectories(volumes);
    String seen = "/var/lib/kubelet/pods/" + uid + "/volumes";
    inNode("mount", "-t", "tmpfs", "-o", "size=16k", "none", seen);
    kubectl.ok(
        "patch",
        "pod",
        "no-space",
        "--type=json",
        "-p",
        "[{\"op\":\"remove\",\"path\":\"/spec/schedulingGates\"}]");
    awaitEvent("no-space", "FailedMount", "No space left on device");
    inNode("mount", "-o", "remount,size=10m", seen);
    cluster.awaitReady(kubectl, "no-space");
    kubectl.ok("delete", "pod", "no-space");
    assertThat(volumes.getParent()).doesNotExist();
    awaitNothingLeft();
  }

  @Test
  void brokenNetworkPluginIsNamedHealsAndLeavesNothing() {
    String plugin = "/usr/lib/cni/host-local";
    inNode("mount", "--bind", "/bin/false", plugin);
    try {
      kubectl.apply(Manifests.pod("no-network", ON_NODE, "hold"));
      awaitEvent("no-network", "FailedCreatePodSandBox", "plugin type=\"bridge\" failed");
    } finally {
      inNode("umount", plugin);
    }
    cluster.awaitReady(kubectl, "no-network");
    awaitNothingLeft();
  }

  /// A runtime that hangs makes the node not ready; what it ran goes on, and what waits for it
  /// starts when it moves again.
  @Test
  @Tag("slow")
  void hungRuntimeIsSeenAndHeals() {
    kubectl.apply(Manifests.pod("before-hang", ON_NODE, "hold"));
    String id = containerId(cluster.awaitReady(kubectl, "before-hang"));
    ProcessId process = cluster.containerd(NODE);
    signal(process, "STOP");
    try {
      kubectl.apply(Manifests.pod("in-hang", "nodeName: " + NODE, "hold"));
      await()
          .atMost(LONG)
          .untilAsserted(() -> assertThat(readyMessage()).contains("container runtime is down"));
    } finally {
      signal(process, "CONT");
    }
    await().atMost(LONG).until(() -> cluster.isNodeReady(NODE));
    await().atMost(LONG).until(() -> find("in-hang"), NodeFaultsTest::isReady);
    assertThat(containerId(find("before-hang").orElseThrow())).isEqualTo(id);
    awaitNothingLeft();
  }

  /// While the API server does not answer, the agent keeps its pods running; what happened is told
  /// when it answers again.
  @Test
  void apiThatIsAwayHoldsNoPodUp() {
    kubectl.apply(Manifests.pod("alone", ON_NODE, "hold"));
    Pod pod = cluster.awaitReady(kubectl, "alone");
    String first = containerId(pod);
    ProcessId server = cluster.server();
    signal(server, "STOP");
    try {
      cluster.processes(pod, first).forEach(ProcessId::kill);
      await()
          .atMost(RealCluster.PATIENCE)
          .until(
              () ->
                  runtime.containers(pod.getMetadata().getUid()).stream()
                      .anyMatch(c -> NodeState.isRunning(c) && !first.endsWith(c.getId())));
    } finally {
      signal(server, "CONT");
    }
    Pod after =
        cluster.awaitPod(
            kubectl, "alone", now -> RealCluster.isReady(now) && !containerId(now).equals(first));
    assertThat(main(after).getRestartCount()).isEqualTo(1);
    assertThat(after.getMetadata().getUid()).isEqualTo(pod.getMetadata().getUid());
  }

  private static String withVolume(String name, String source) {
    return Manifests.pod(name, ON_NODE + "\n  volumes: [{name: v, " + source + "}]", "hold")
        .replace("name: main,", "name: main, volumeMounts: [{name: v, mountPath: /v}],");
  }

  private Optional<Pod> find(String pod) {
    return cluster.api().find(Pod.class, "faults", pod);
  }

  private static boolean isReady(Optional<Pod> pod) {
    return pod.filter(RealCluster::isReady).isPresent();
  }

  private void awaitEvent(String pod, String reason, String message) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(
                        kubectl.ok(
                            "get",
                            "events",
                            "--field-selector=involvedObject.name=" + pod + ",reason=" + reason,
                            "-o",
                            "jsonpath={.items[*].message}"))
                    .contains(message));
  }

  private void awaitWaiting(String pod, String reason, String message) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              assertThat(find(pod).orElseThrow().getStatus().getContainerStatuses()).isNotEmpty();
              var waiting = main(find(pod).orElseThrow()).getState().getWaiting();
              assertThat(waiting).isNotNull();
              assertThat(waiting.getReason()).isEqualTo(reason);
              assertThat(waiting.getMessage()).contains(message);
            });
  }

  private String readyMessage() {
    return cluster.api().find(Node.class, "", NODE).stream()
        .flatMap(node -> node.getStatus().getConditions().stream())
        .filter(c -> c.getType().equals("Ready") && !c.getStatus().equals("True"))
        .map(c -> String.valueOf(c.getMessage()))
        .findFirst()
        .orElse("");
  }

  private static ContainerStatus main(Pod pod) {
    return pod.getStatus().getContainerStatuses().getFirst();
  }

  private static String containerId(Pod pod) {
    return main(pod).getContainerID();
  }

  /// Runs a command among the node's mounts.
  private void inNode(String... command) {
    String[] argv = new String[command.length + 2];
    argv[0] = "nsenter";
    argv[1] = "--mount=" + cluster.place(NODE).mountNamespace();
    System.arraycopy(command, 0, argv, 2, command.length);
    Commands.run(argv);
  }

  private static void signal(ProcessId process, String signal) {
    Commands.run("kill", "-s", signal, Long.toString(process.pid()));
  }

  private void awaitNothingLeft() {
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(NodeState.of(cluster, NODE, runtime).differences(cluster.podsOn(NODE)))
                    .isEmpty());
  }
}
