package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What becomes of nodes that fall silent, and of their pods.
class NodesTest {
  private final Simulation simulation = new Simulation();
  private final RecordedEvents events = new RecordedEvents();

  @BeforeEach
  void start() {
    var on = simulation.informers();
    var cluster = simulation.cluster();
    var clock = simulation.clock();
    simulation
        .with(NodeLifecycleController.register(on, cluster, events, clock))
        .with(TaintEvictionController.register(on, cluster, events, clock))
        .with(PodGarbageCollector.register(on, cluster, clock, 2))
        .with(NodeAddressController.register(on, cluster, events, "10.40.0.0/22", 24));
    addNode("a");
    addNode("b");
    simulation.settle();
  }

  @Test
  void aNodeThatRenewsItsLeaseStaysAsItIs() {
    live(Duration.ofMinutes(5), "a", "b");

    assertThat(node("a").getStatus().getConditions())
        .singleElement()
        .satisfies(ready -> assertThat(ready.getStatus()).isEqualTo("True"));
    assertThat(taints("a")).isEmpty();
  }

  @Test
  void aSilentNodeBecomesUnknownAndItsPodsNotReady() {
    addPod("web", "b", tolerating("node.kubernetes.io/unreachable", 300L));
    live(Duration.ofSeconds(50), "a");

    var ready = NodeTaints.condition(node("b"), "Ready").orElseThrow();
    assertThat(ready.getStatus()).isEqualTo("Unknown");
    assertThat(ready.getReason()).isEqualTo("NodeStatusUnknown");
    assertThat(ready.getMessage()).isEqualTo("Kubelet stopped posting node status.");
    assertThat(NodeTaints.condition(node("b"), "DiskPressure").orElseThrow().getReason())
        .isEqualTo("NodeStatusNeverUpdated");
    assertThat(taints("b"))
        .containsExactlyInAnyOrder(
            "node.kubernetes.io/unreachable:NoSchedule",
            "node.kubernetes.io/unreachable:NoExecute");
    assertThat(Pods.isReady(pod("web"))).isFalse();
    assertThat(events.lines())
        .contains("Normal NodeNotReady Node b status is now: NodeNotReady")
        .contains("Warning NodeNotReady Node is not ready");
  }

  @Test
  void podsLeaveASilentNodeWhenTheirTolerationEnds() {
    addPod("web", "b", tolerating("node.kubernetes.io/unreachable", 60L));
    addPod("agent", "b", tolerating("node.kubernetes.io/unreachable", null));
    addPod("touchy", "b", tolerating("other", null));
    live(Duration.ofSeconds(90), "a");

    assertThat(Pods.isDeleting(pod("touchy"))).isTrue();
    assertThat(Pods.isDeleting(pod("web"))).isFalse();
    live(Duration.ofSeconds(60), "a");

    assertThat(Pods.isDeleting(pod("web"))).isTrue();
    assertThat(pod("web").getStatus().getConditions())
        .anyMatch(one -> "DeletionByTaintManager".equals(one.getReason()));
    assertThat(Pods.isDeleting(pod("agent"))).isFalse();
    assertThat(events.lines())
        .contains("Normal TaintManagerEviction Marking for deletion Pod default/web");
  }

  @Test
  void aNodeThatComesBackInTimeKeepsItsPods() {
    addPod("web", "b", tolerating("node.kubernetes.io/unreachable", 300L));
    live(Duration.ofSeconds(90), "a");
    Node back = Objects.copy(node("b"));
    back.getStatus().getConditions().forEach(one -> one.setStatus("False"));
    NodeCondition ready = back.getStatus().getConditions().getFirst();
    ready.setStatus("True");
    ready.setLastHeartbeatTime(simulation.clock().instant().toString());
    simulation.cluster().updateStatus(back);
    live(Duration.ofMinutes(10), "a", "b");

    assertThat(taints("b")).isEmpty();
    assertThat(Pods.isDeleting(pod("web"))).isFalse();
    assertThat(events.lines())
        .contains("Normal TaintManagerEviction Cancelling deletion of Pod default/web");
  }

  @Test
  void nothingIsEvictedWhileNoNodeIsWell() {
    addPod("touchy", "b", tolerating("other", null));
    simulation.pass(Duration.ofSeconds(41));
    simulation.pass(Duration.ofMinutes(10));

    assertThat(taints("a")).containsExactly("node.kubernetes.io/unreachable:NoSchedule");
    assertThat(Pods.isDeleting(pod("touchy"))).isFalse();
  }

  @Test
  void aCordonedNodeIsTainted() {
    Node cordoned = Objects.copy(node("a"));
    cordoned.getSpec().setUnschedulable(true);
    simulation.cluster().update(cordoned);
    simulation.settle();

    assertThat(taints("a")).containsExactly("node.kubernetes.io/unschedulable:NoSchedule");
  }

  @Test
  void podsOfANodeThatIsGoneAreSweptUp() {
    addPod("web", "b", List.of());
    simulation.cluster().delete(node("b"));
    live(Duration.ofSeconds(30), "a");
    assertThat(pods()).containsExactly("web");
    live(Duration.ofSeconds(60), "a");

    assertThat(pods()).isEmpty();
    assertThat(events.lines())
        .contains("Normal RemovingNode Node b event: Removing Node b from Controller");
  }

  @Test
  void onlySoManyFinishedPodsAreKept() {
    for (String name : List.of("w", "x", "y", "z")) {
      addPod(name, "a", List.of());
      Pod done = Objects.copy(pod(name));
      done.getStatus().setPhase("Succeeded");
      simulation.cluster().updateStatus(done);
      simulation.clock().advance(Duration.ofSeconds(1));
    }
    live(Duration.ofSeconds(30), "a", "b");

    assertThat(pods()).containsExactly("y", "z");
  }

  @Test
  void aNodeThatIsOnlyWrittenDownGetsNoRange() {
    simulation
        .cluster()
        .given(new NodeBuilder().withNewMetadata().withName("z").endMetadata().build());
    addNode("c");
    simulation.settle();

    assertThat(node("c").getSpec().getPodCIDR()).isNotNull();
    assertThat(Optional.ofNullable(node("z").getSpec()).map(NodeSpec::getPodCIDR)).isEmpty();
  }

  @Test
  void everyNodeGetsItsOwnRangeUntilNoneIsLeft() {
    List.of("c", "d", "e").forEach(this::addNode);
    simulation.settle();

    assertThat(simulation.cluster().all(Node.class))
        .extracting(node -> node.getSpec().getPodCIDR())
        .containsExactlyInAnyOrder(
            "10.40.0.0/24", "10.40.1.0/24", "10.40.2.0/24", "10.40.3.0/24", null);
    assertThat(events.lines()).anyMatch(line -> line.endsWith("status is now: CIDRNotAvailable"));

    String freed = node("a").getSpec().getPodCIDR();
    Node waiting =
        simulation.cluster().all(Node.class).stream()
            .filter(node -> node.getSpec().getPodCIDR() == null)
            .findFirst()
            .orElseThrow();
    simulation.cluster().delete(node("a"));
    simulation.pass(Duration.ofSeconds(10));

    assertThat(node(waiting.getMetadata().getName()).getSpec().getPodCIDR()).isEqualTo(freed);
  }

  private void live(Duration time, String... alive) {
    for (long second = 0; second < time.toSeconds(); second += 5) {
      simulation.pass(Duration.ofSeconds(5));
      for (String name : alive) {
        Lease lease =
            Objects.copy(
                simulation.cluster().find(Lease.class, "kube-node-lease", name).orElseThrow());
        lease.getSpec().setRenewTime(simulation.clock().instant().atZone(ZoneOffset.UTC));
        simulation.cluster().update(lease);
      }
      simulation.settle();
    }
  }

  private void addNode(String name) {
    simulation
        .cluster()
        .given(
            new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .withNewStatus()
                .withNewNodeInfo()
                .withKubeletVersion("v1.36.0")
                .endNodeInfo()
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build());
    simulation
        .cluster()
        .given(
            new LeaseBuilder()
                .withNewMetadata()
                .withNamespace("kube-node-lease")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withRenewTime(simulation.clock().instant().atZone(ZoneOffset.UTC))
                .endSpec()
                .build());
  }

  private void addPod(String name, String node, List<Toleration> tolerations) {
    simulation
        .cluster()
        .given(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .withTolerations(tolerations)
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .withConditions(
                    new PodConditionBuilder().withType("Ready").withStatus("True").build())
                .endStatus()
                .build());
    simulation.settle();
  }

  private static List<Toleration> tolerating(String key, @Nullable Long seconds) {
    return List.of(
        new TolerationBuilder()
            .withKey(key)
            .withOperator("Exists")
            .withEffect("NoExecute")
            .withTolerationSeconds(seconds)
            .build());
  }

  private Node node(String name) {
    return simulation.cluster().find(Node.class, "", name).orElseThrow();
  }

  private Pod pod(String name) {
    return simulation.cluster().find(Pod.class, "default", name).orElseThrow();
  }

  private List<String> pods() {
    return simulation.cluster().all(Pod.class).stream()
        .map(pod -> pod.getMetadata().getName())
        .toList();
  }

  private List<String> taints(String node) {
    return NodeTaints.of(node(node)).stream()
        .map(taint -> taint.getKey() + ":" + taint.getEffect())
        .toList();
  }
}
