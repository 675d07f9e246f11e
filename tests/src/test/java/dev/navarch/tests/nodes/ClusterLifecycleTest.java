package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.host.ProcessId;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// Up, again, bigger, smaller, away and back, and gone without a trace, also after parts of the
/// cluster were killed. It ends the suite's cluster, and so comes last.
@RealClusterTest
@Order(Integer.MAX_VALUE)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterLifecycleTest {
  private final RealCluster cluster;
  private final Kubectl kubectl;

  ClusterLifecycleTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("lifecycle");
  }

  @Test
  @Order(1)
  void secondUpChangesNothing() {
    List<ProcessId> before = processes();
    assertThat(cluster.up())
        .contains("cluster '%s' is running".formatted(RealCluster.NAME))
        .contains("nothing changed");
    assertThat(processes()).isEqualTo(before);
    assertThat(cluster.navarch("up", "--nodes=5").end()).isEqualTo(1);
    assertThat(cluster.navarch("up", "--nodes=5").errors())
        .contains("exists with --nodes 2, and 5 was asked for");
  }

  @Test
  @Order(2)
  void nodesJoinAndLeave() {
    assertThat(cluster.navarch("node", "add").succeeded()).contains("node3 is ready");
    cluster.loadImage();
    kubectl.apply(
        Manifests.pod(
            "newcomer", "nodeSelector: {kubernetes.io/hostname: node3}", "serve, \"80\""));
    kubectl.apply(Manifests.holder("native", "node1"));
    Pod newcomer = cluster.awaitReady(kubectl, "newcomer");
    cluster.awaitReady(kubectl, "native");
    assertThat(newcomer.getStatus().getPodIP()).startsWith(RealCluster.PODS + "3.");
    assertThat(kubectl.in("native", Http.get(newcomer.getStatus().getPodIP(), 80)))
        .startsWith("newcomer ");
    assertThat(cluster.navarch("node", "remove", "node3").succeeded()).contains("node3 is gone");
    assertThat(kubectl.ok("get", "nodes")).contains("node2").doesNotContain("node3");
    assertThat(Machine.now().traces()).noneMatch(trace -> trace.contains("node3"));
    assertThat(cluster.navarch("node", "remove", "node3").errors())
        .contains("no removable node 'node3'");
  }

  @Test
  @Order(3)
  void keptDataBringsObjectsAndPodsBack() {
    kubectl.apply(Manifests.servers("kept", 2));
    kubectl.ok("create", "configmap", "kept", "--from-literal=key=value");
    Set<String> before = containers(cluster.awaitPods(kubectl, "kept", 2));
    cluster.navarch("down", "--keep-data").succeeded();
    assertThat(cluster.left()).isEmpty();
    cluster.up();
    assertThat(kubectl.get("configmap", "kept").at("/data/key").asString()).isEqualTo("value");
    List<Pod> pods =
        await()
            .atMost(RealCluster.PATIENCE)
            .until(
                () -> cluster.awaitPods(kubectl, "kept", 2),
                now -> Collections.disjoint(containers(now), before));
    kubectl.apply(Manifests.holder("visitor", "node2"));
    cluster.awaitReady(kubectl, "visitor");
    for (Pod pod : pods) {
      assertThat(kubectl.in("visitor", Http.get(pod.getStatus().getPodIP(), 80)))
          .startsWith(pod.getMetadata().getName() + " ");
    }
  }

  @Test
  @Order(4)
  void aClusterThatGoesTakesNothingFromItsNeighbour() {
    kubectl.ok("create", "configmap", "shown", "--from-literal=key=before");
    kubectl.apply(shower("early"));
    cluster.awaitReady(kubectl, "early");
    String other = RealCluster.NAME + "-other";
    Path data = cluster.home().resolve("other/data");
    cluster.navarch(other, data, "up", "--nodes=1", "--isolated").succeeded();
    cluster.navarch(other, data, "down").succeeded();
    assertThat(kubectl.in("early", "cat /shown/key")).isEqualTo("before");
    kubectl.ok("patch", "configmap", "shown", "--patch={\"data\":{\"key\":\"after\"}}");
    await()
        .atMost(RealCluster.PATIENCE)
        .until(() -> kubectl.in("early", "cat /shown/key").equals("after"));
    kubectl.apply(shower("late"));
    cluster.awaitReady(kubectl, "late");
    assertThat(kubectl.in("late", "cat /shown/key")).isEqualTo("after");
  }

  /// A pod that holds, with a ConfigMap on its file system.
  private static String shower(String name) {
    return Manifests.pod(name, "volumes: [{name: shown, configMap: {name: shown}}]", "hold")
        .replace(
            "command: [hold]", "command: [hold], volumeMounts: [{name: shown, mountPath: /shown}]");
  }

  @Test
  @Order(5)
  void downLeavesNothingEvenAfterPartsWereKilled() {
    RealCluster.kill(cluster.agent("node1"));
    RealCluster.kill(cluster.containerd("node1"));
    RealCluster.kill(cluster.server());
    cluster.navarch("down").succeeded();
    assertThat(cluster.left()).isEmpty();
    assertThat(cluster.layout().data()).doesNotExist();
    assertThat(cluster.layout().run()).doesNotExist();
    assertThat(cluster.home().resolve("kubeconfig")).content().doesNotContain(RealCluster.NAME);
    assertThat(cluster.navarch("down").errors())
        .contains("there is no cluster '%s'".formatted(RealCluster.NAME));
  }

  private static Set<String> containers(List<Pod> pods) {
    return pods.stream()
        .map(pod -> pod.getStatus().getContainerStatuses().getFirst().getContainerID())
        .collect(Collectors.toSet());
  }

  private List<ProcessId> processes() {
    return Stream.concat(
            Stream.of(cluster.server()),
            Stream.of("master", "node1", "node2")
                .flatMap(node -> Stream.of(cluster.agent(node), cluster.containerd(node))))
        .toList();
  }
}
