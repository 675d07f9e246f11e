package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.host.ProcessId;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What dies comes back: a container, a pod, a node, the control plane; and nothing runs twice.
@RealClusterTest
class SelfHealingTest {
  private static final Duration NODE_LOSS = Duration.ofSeconds(90);

  private final RealCluster cluster;
  private final Kubectl kubectl;

  SelfHealingTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("healing");
  }

  @Test
  void killedContainerIsRestartedAndCounted() {
    kubectl.apply(Manifests.holder("victim", "node1"));
    Pod pod = cluster.awaitReady(kubectl, "victim");
    String container = containers(pod).getFirst().getContainerID();
    cluster.processes(pod, container).forEach(ProcessId::kill);
    Pod again =
        cluster.awaitPod(
            kubectl,
            "victim",
            now -> RealCluster.isReady(now) && containers(now).getFirst().getRestartCount() == 1);
    ContainerStatus status = containers(again).getFirst();
    assertThat(status.getContainerID()).isNotEqualTo(container);
    assertThat(status.getLastState().getTerminated().getExitCode()).isEqualTo(137);
    assertThat(again.getMetadata().getUid()).isEqualTo(pod.getMetadata().getUid());
    assertThat(again.getStatus().getPodIP()).isEqualTo(pod.getStatus().getPodIP());
  }

  @Test
  void deletedPodIsReplaced() {
    kubectl.apply(Manifests.servers("replaced", 2));
    Set<String> before = uids(cluster.awaitPods(kubectl, "replaced", 2));
    kubectl.ok(
        "delete", "pod", cluster.pods(kubectl, "replaced").getFirst().getMetadata().getName());
    Set<String> after = uids(cluster.awaitPods(kubectl, "replaced", 2));
    assertThat(after).isNotEqualTo(before).containsAnyElementsOf(before);
    kubectl.ok("delete", "deployment", "replaced");
  }

  @Test
  void podsOfALostNodeRunElsewhereAndNothingRunsTwiceWhenItIsBack() {
    kubectl.apply(Manifests.servers("moved", 4));
    Set<String> before = uids(cluster.awaitPods(kubectl, "moved", 4));
    RealCluster.kill(cluster.agent("node2"));
    RealCluster.kill(cluster.containerd("node2"));
    await().atMost(NODE_LOSS).until(() -> !cluster.isNodeReady("node2"));
    await()
        .atMost(NODE_LOSS)
        .until(
            () ->
                cluster.pods(kubectl, "moved").stream()
                        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                        .filter(RealCluster::isReady)
                        .filter(pod -> pod.getSpec().getNodeName().equals("node1"))
                        .count()
                    == 4);
    cluster.up();
    assertThat(cluster.isNodeReady("node2")).isTrue();
    List<Pod> after = cluster.awaitPods(kubectl, "moved", 4);
    assertThat(uids(after)).isNotEqualTo(before);
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(() -> assertThat(cluster.runningPods("node2")).isEqualTo(on("node2")));
    kubectl.ok("delete", "deployment", "moved");
  }

  @Test
  void podsNeverNoticeThatTheControlPlaneDied() {
    kubectl.apply(Manifests.servers("calm", 2));
    Map<String, String> before = containerIds(cluster.awaitPods(kubectl, "calm", 2));
    ProcessId agent = cluster.agent("node1");
    ProcessId server = cluster.server();
    RealCluster.kill(server);
    cluster.up();
    assertThat(cluster.server()).isNotEqualTo(server);
    assertThat(cluster.agent("node1")).isEqualTo(agent).matches(ProcessId::isAlive);
    assertThat(containerIds(cluster.awaitPods(kubectl, "calm", 2))).isEqualTo(before);
    kubectl.ok("scale", "deployment/calm", "--replicas=3");
    assertThat(containerIds(cluster.awaitPods(kubectl, "calm", 3))).containsAllEntriesOf(before);
    kubectl.ok("delete", "deployment", "calm");
  }

  @Test
  void podsNeverNoticeThatTheirAgentDied() {
    kubectl.apply(Manifests.servers("steady", 2));
    Map<String, String> before = containerIds(cluster.awaitPods(kubectl, "steady", 2));
    RealCluster.kill(cluster.agent("node1"));
    cluster.up();
    kubectl.apply(Manifests.holder("proof", "node1"));
    cluster.awaitReady(kubectl, "proof");
    assertThat(containerIds(cluster.awaitPods(kubectl, "steady", 2))).isEqualTo(before);
    kubectl.ok("delete", "deployment", "steady");
  }

  /// The pods of all namespaces that shall run on a node.
  private Set<String> on(String node) {
    return uids(
        cluster.allPods().stream()
            .filter(pod -> node.equals(pod.getSpec().getNodeName()))
            .filter(pod -> !Set.of("Succeeded", "Failed").contains(pod.getStatus().getPhase()))
            .toList());
  }

  private static Set<String> uids(List<Pod> pods) {
    return pods.stream().map(pod -> pod.getMetadata().getUid()).collect(Collectors.toSet());
  }

  private static Map<String, String> containerIds(List<Pod> pods) {
    return pods.stream()
        .collect(
            Collectors.toMap(
                pod -> pod.getMetadata().getName(),
                pod -> containers(pod).getFirst().getContainerID()));
  }

  private static List<ContainerStatus> containers(Pod pod) {
    return pod.getStatus().getContainerStatuses();
  }
}
