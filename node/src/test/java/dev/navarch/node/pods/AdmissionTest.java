package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdmissionTest extends OnANode {
  AdmissionTest(@TempDir Path dir) {
    super(dir);
  }

  private void awaitRefusal(String name, String reason, String message) {
    awaitPhase(name, "Failed");
    assertThat(get(name).getStatus().getReason()).isEqualTo(reason);
    assertThat(get(name).getStatus().getMessage()).isEqualTo("Pod was rejected: " + message);
    assertThat(runtime.sandboxes("")).isEmpty();
  }

  private static Pod asking(String name, String cpu) {
    return pod(name, container("one"))
        .editSpec()
        .editFirstContainer()
        .withNewResources()
        .addToRequests("cpu", new Quantity(cpu))
        .endResources()
        .endContainer()
        .endSpec()
        .build();
  }

  @Test
  void aPodThatDoesNotFitIsNotTaken() {
    cluster.given(asking("large", "2500m"));
    awaitRefusal(
        "large",
        "OutOfcpu",
        "Node didn't have enough resource: cpu, requested: 2500, used: 0, capacity: 2000");
  }

  @Test
  void whatAPodHadIsFreeWhenItIsGone() {
    cluster.given(asking("first", "1500m"));
    awaitPhase("first", "Running");
    cluster.given(asking("second", "1"));
    awaitPhase("second", "Failed");
    assertThat(get("second").getStatus().getReason()).isEqualTo("OutOfcpu");
    delete("first");
    await().until(() -> cluster.find(PODS, new Key("default", "first")).isEmpty());
    cluster.given(asking("third", "1"));
    awaitPhase("third", "Running");
  }

  private static Pod critical(String name, String cpu) {
    Pod pod = asking(name, cpu);
    pod.getSpec().setPriority(2_000_000_000);
    return pod;
  }

  @Test
  void aCriticalPodGetsTheRoomOfOthers() {
    cluster.given(asking("small", "500m"));
    cluster.given(asking("large", "1200m"));
    awaitPhase("small", "Running");
    awaitPhase("large", "Running");
    cluster.given(critical("vital", "1"));
    awaitPhase("vital", "Running");
    awaitPhase("large", "Failed");
    var status = get("large").getStatus();
    assertThat(status.getReason()).isEqualTo("Preempting");
    assertThat(status.getMessage()).isEqualTo("Preempted in order to admit critical pod");
    assertThat(status.getConditions())
        .filteredOn(condition -> condition.getType().equals("DisruptionTarget"))
        .extracting("reason", "message")
        .containsExactly(
            tuple(
                "TerminationByKubelet",
                "Pod was preempted by Kubelet to accommodate a critical pod."));
    assertThat(get("small").getStatus().getPhase()).isEqualTo("Running");
    assertThat(runtime.calls()).containsSubsequence("stop one", "run vital");
  }

  @Test
  void aCriticalPodDrivesNobodyOutInVain() {
    cluster.given(critical("first", "1500m"));
    cluster.given(asking("second", "200m"));
    awaitPhase("first", "Running");
    awaitPhase("second", "Running");
    cluster.given(critical("vital", "1"));
    awaitPhase("vital", "Failed");
    assertThat(get("vital").getStatus().getReason()).isEqualTo("UnexpectedAdmissionError");
    assertThat(get("vital").getStatus().getMessage())
        .endsWith("no set of running pods found to reclaim resources: [(res: cpu, q: 500), ]");
    assertThat(get("second").getStatus().getPhase()).isEqualTo("Running");
  }

  @Test
  void aPodForOtherNodesIsNotTaken() {
    node =
        new NodeBuilder()
            .withNewMetadata()
            .withName("node-1")
            .addToLabels("disk", "hdd")
            .endMetadata()
            .build();
    cluster.given(
        pod("web", container("one")).editSpec().addToNodeSelector("disk", "ssd").endSpec().build());
    awaitRefusal(
        "web",
        "NodeAffinity",
        "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector");
  }

  @Test
  void aNodeThatDrivesPodsAwayTakesNone() {
    node =
        new NodeBuilder()
            .withNewMetadata()
            .withName("node-1")
            .endMetadata()
            .withNewSpec()
            .addNewTaint("NoExecute", "maintenance", null, "")
            .endSpec()
            .build();
    cluster.given(pod("web", container("one")).build());
    awaitRefusal(
        "web",
        "TaintToleration",
        "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate");
  }

  @Test
  void aNodeUnderPressureTakesOnlyWhatItMust() {
    pressures = Set.of("MemoryPressure");
    cluster.given(pod("best-effort", container("one")).build());
    awaitRefusal("best-effort", "Evicted", "The node had condition: [MemoryPressure]. ");
    cluster.given(asking("burstable", "1"));
    awaitPhase("burstable", "Running");
  }

  @Test
  void aResizeWaitsUntilOthersHaveGone() {
    askForMoreThanIsLeft();
    await()
        .untilAsserted(
            () ->
                assertThat(get("second").getStatus().getConditions())
                    .filteredOn(condition -> condition.getType().equals("PodResizePending"))
                    .extracting("reason", "message")
                    .containsExactly(
                        tuple(
                            "Deferred",
                            "Node didn't have enough resource: cpu, requested: 1000, used: 1500,"
                                + " capacity: 2000")));
    assertThat(cpuOf("second")).isEqualTo("300m");
    cluster.given(asking("third", "200m"));
    awaitPhase("third", "Running");
    delete("first");
    await().until(() -> cpuOf("second").equals("1"));
    await()
        .untilAsserted(
            () ->
                assertThat(get("second").getStatus().getConditions())
                    .extracting("type")
                    .doesNotContain("PodResizePending"));
    cluster.given(asking("fourth", "1"));
    awaitPhase("fourth", "Failed");
    assertThat(get("fourth").getStatus().getMessage())
        .isEqualTo(
            "Pod was rejected: Node didn't have enough resource: cpu, requested: 1000, used: 1200,"
                + " capacity: 2000");
  }

  @Test
  void aContainerThatComesBackWhileAResizeWaitsGetsWhatItHad() {
    askForMoreThanIsLeft();
    awaitDeferred("second");
    runtime.exit("one", 1);
    await().until(() -> restarts("second") == 1);
    assertThat(cpuOf("second")).isEqualTo("300m");
    assertThat(runtime.calls()).noneMatch(call -> call.startsWith("update"));
  }

  @Test
  void whatComesFreeGoesToWhoMattersMost() {
    cluster.given(asking("first", "1200m"));
    awaitPhase("first", "Running");
    for (String name : List.of("low", "high")) {
      Pod pod = asking(name, "300m");
      pod.getSpec().setPriority(name.equals("high") ? 10 : 0);
      cluster.given(pod);
      awaitPhase(name, "Running");
      askFor(name, "1500m");
      awaitDeferred(name);
    }
    delete("first");
    await().until(() -> cpuOf("high").equals("1500m"));
    awaitDeferred("low");
    assertThat(cpuOf("low")).isEqualTo("300m");
    askFor("high", "300m");
    await().until(() -> cpuOf("low").equals("1500m"));
  }

  @Test
  void aWishThatWasTakenBackTakesNoRoom() {
    cluster.given(asking("first", "1200m"));
    awaitPhase("first", "Running");
    cluster.given(asking("second", "300m"));
    awaitPhase("second", "Running");
    askFor("second", "1500m");
    awaitDeferred("second");
    askFor("second", "300m");
    delete("first");
    await().until(() -> cluster.find(PODS, new Key("default", "first")).isEmpty());
    cluster.given(asking("third", "1700m"));
    awaitPhase("third", "Running");
  }

  @Test
  void aPortOfTheNodeIsOnePodsAlone() {
    cluster.given(serving("first", "", 8080));
    awaitPhase("first", "Running");
    cluster.given(serving("beside", "", 8081));
    awaitPhase("beside", "Running");
    cluster.given(serving("second", "192.0.2.1", 8080));
    awaitPhase("second", "Failed");
    assertThat(get("second").getStatus().getReason()).isEqualTo("NodePorts");
    assertThat(get("second").getStatus().getMessage())
        .isEqualTo(
            "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the"
                + " requested pod ports");
  }

  private static Pod serving(String name, String address, int port) {
    return pod(name, container("one"))
        .editSpec()
        .editFirstContainer()
        .addNewPort()
        .withContainerPort(80)
        .withHostPort(port)
        .withHostIP(address)
        .withProtocol("TCP")
        .endPort()
        .endContainer()
        .endSpec()
        .build();
  }

  private void askFor(String name, String cpu) {
    Pod larger = get(name);
    larger.getSpec().setContainers(asking(name, cpu).getSpec().getContainers());
    cluster.update(PODS, larger, "");
  }

  private void awaitDeferred(String name) {
    await()
        .until(
            () ->
                get(name).getStatus().getConditions().stream()
                    .anyMatch(condition -> "Deferred".equals(condition.getReason())));
  }

  /// Beside a first pod that has most of the node, a second one runs and asks for more.
  private void askForMoreThanIsLeft() {
    cluster.given(asking("first", "1500m"));
    awaitPhase("first", "Running");
    cluster.given(asking("second", "300m"));
    awaitPhase("second", "Running");
    askFor("second", "1");
  }

  private String cpuOf(String name) {
    var resources = get(name).getStatus().getContainerStatuses().getFirst().getResources();
    return resources == null ? "" : String.valueOf(resources.getRequests().get("cpu"));
  }

  @Test
  void aMachineThatGoesDownTakesNoPods() {
    admission.goingDown(true);
    cluster.given(pod("late", container("one")).build());
    awaitRefusal("late", "NodeShutdown", "Pod was rejected as the node is shutting down.");
    admission.goingDown(false);
    cluster.given(pod("web", container("one")).build());
    awaitPhase("web", "Running");
  }

  @Test
  void aPodOfAMachineThatGoesDownSaysWhy() {
    cluster.given(pod("web", container("one")).build());
    awaitPhase("web", "Running");
    workers.terminate(get("web").getMetadata().getUid(), "It goes down.", Duration.ofSeconds(1));
    awaitPhase("web", "Failed");
    var status = get("web").getStatus();
    assertThat(status.getReason()).isEqualTo("Terminated");
    assertThat(status.getMessage()).isEqualTo("It goes down.");
    assertThat(status.getConditions())
        .filteredOn(condition -> condition.getType().equals("DisruptionTarget"))
        .extracting("reason")
        .containsExactly("TerminationByKubelet");
  }

  @Test
  void anEvictedPodSaysWhy() {
    cluster.given(pod("web", container("one")).build());
    awaitPhase("web", "Running");
    workers.evict(get("web").getMetadata().getUid(), "The node was low. ", Duration.ofSeconds(1));
    awaitPhase("web", "Failed");
    var status = get("web").getStatus();
    assertThat(status.getReason()).isEqualTo("Evicted");
    assertThat(status.getMessage()).isEqualTo("The node was low. ");
    assertThat(status.getConditions())
        .filteredOn(condition -> condition.getType().equals("DisruptionTarget"))
        .singleElement()
        .satisfies(
            condition -> {
              assertThat(condition.getStatus()).isEqualTo("True");
              assertThat(condition.getReason()).isEqualTo("TerminationByKubelet");
              assertThat(condition.getMessage()).isEqualTo("The node was low. ");
            });
    await().until(() -> workers.hasEnded(get("web").getMetadata().getUid()));
  }
}
