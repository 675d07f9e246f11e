package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DaemonSetControllerTest extends ControllerTrial {
  DaemonSetControllerTest() {
    super(DaemonSetController::register);
  }

  @BeforeEach
  void addNodes() {
    for (String name : List.of("a", "b", "c")) {
      simulation.cluster().create(node(name));
    }
  }

  @Test
  void tiesAPodToEachNode() {
    create(spec -> {});

    assertThat(pods()).hasSize(3);
    Pod pod = on("b");
    assertThat(pod.getMetadata().getName()).startsWith("log-");
    assertThat(pod.getMetadata().getLabels())
        .containsEntry("app", "log")
        .containsEntry("controller-revision-hash", hash());
    assertThat(pod.getSpec().getTolerations())
        .extracting(Toleration::getKey, Toleration::getEffect)
        .hasSize(6)
        .contains(
            tuple("node.kubernetes.io/not-ready", "NoExecute"),
            tuple("node.kubernetes.io/unschedulable", "NoSchedule"));
    run();

    assertThat(status().getDesiredNumberScheduled()).isEqualTo(3);
    assertThat(status().getCurrentNumberScheduled()).isEqualTo(3);
    assertThat(status().getNumberReady()).isEqualTo(3);
    assertThat(status().getNumberAvailable()).isEqualTo(3);
    assertThat(status().getUpdatedNumberScheduled()).isEqualTo(3);
    assertThat(status().getNumberUnavailable()).isNull();
  }

  @Test
  void goesWhereItsNodesAre() {
    create(spec -> spec.getTemplate().getSpec().setNodeSelector(Map.of("disk", "fast")));
    assertThat(pods()).isEmpty();
    change(present("a"), node -> node.getMetadata().setLabels(Map.of("disk", "fast")));
    assertThat(pods()).hasSize(1);
    run();
    change(present("a"), node -> node.getMetadata().setLabels(Map.of()));
    kubelet.catchUp(pod -> false);
    simulation.settle();

    assertThat(pods()).isEmpty();
    assertThat(events.lines()).anyMatch(it -> it.startsWith("Normal SuccessfulDelete Deleted pod"));
  }

  @ParameterizedTest
  @CsvSource({"NoSchedule,3,2,1", "NoExecute,2,2,0", "PreferNoSchedule,3,3,0"})
  void yieldsToTaints(String effect, int pods, int desired, int misscheduled) {
    create(spec -> {});
    run();
    Taint taint = new TaintBuilder().withKey("mine").withEffect(effect).build();
    change(present("c"), node -> node.getSpec().setTaints(List.of(taint)));
    kubelet.catchUp(pod -> false);
    simulation.settle();

    assertThat(pods()).hasSize(pods);
    assertThat(status().getDesiredNumberScheduled()).isEqualTo(desired);
    assertThat(status().getNumberMisscheduled()).isEqualTo(misscheduled);
  }

  @Test
  void replacesAPodThatFailedAndWaitsLongerEachTime() {
    create(spec -> {});
    run();
    for (int wait : new int[] {0, 1, 2}) {
      kubelet.phase(on("a"), "Failed");
      simulation.settle();
      if (wait > 0) {
        assertThat(Pods.isFinished(on("a"))).isTrue();
        simulation.pass(Duration.ofSeconds(wait));
      }
      assertThat(Pods.isFinished(on("a"))).isFalse();
    }

    assertThat(events.lines())
        .filteredOn(it -> it.startsWith("Warning FailedDaemonPod Found failed daemon pod default/"))
        .hasSize(3);
  }

  @Test
  void updatesOneNodeAfterTheOther() {
    create(spec -> {});
    run();
    String before = hash();
    image("log:2");
    for (int updated = 1; updated <= 3; updated++) {
      assertThat(pods()).filteredOn(Pods::isDeleting).hasSize(1);
      kubelet.catchUp(pod -> false);
      simulation.settle();
      run();
      assertThat(status().getUpdatedNumberScheduled()).isEqualTo(updated);
    }

    assertThat(pods()).hasSize(3).noneMatch(Pods::isDeleting);
    assertThat(hash()).isNotEqualTo(before);
    assertThat(revisions()).hasSize(2);
  }

  @Test
  void surgesBeforeItDeletes() {
    create(
        spec -> {
          spec.getUpdateStrategy().getRollingUpdate().setMaxUnavailable(new IntOrString(0));
          spec.getUpdateStrategy().getRollingUpdate().setMaxSurge(new IntOrString("34%"));
        });
    run();
    image("log:2");

    assertThat(pods()).hasSize(5).noneMatch(Pods::isDeleting);
    run();

    assertThat(pods()).filteredOn(Pods::isDeleting).hasSize(2);
    for (int i = 0; i < 4; i++) {
      kubelet.catchUp(pod -> false);
      simulation.settle();
      run();
    }
    assertThat(pods()).hasSize(3);
    assertThat(status().getUpdatedNumberScheduled()).isEqualTo(3);
  }

  @Test
  void leavesItToTheUserWhenAnUpdateHappens() {
    create(spec -> spec.getUpdateStrategy().setType("OnDelete"));
    run();
    image("log:2");
    assertThat(pods()).noneMatch(Pods::isDeleting);
    simulation.cluster().delete(on("a"));
    simulation.settle();
    kubelet.catchUp(pod -> false);
    simulation.settle();

    assertThat(on("a").getSpec().getContainers().getFirst().getImage()).isEqualTo("log:2");
    assertThat(on("b").getSpec().getContainers().getFirst().getImage()).isEqualTo("log:1");
  }

  @Test
  void aTemplateThatComesBackGetsTheNewestNumberAndOldOnesGo() {
    create(spec -> spec.setRevisionHistoryLimit(1));
    image("log:2");
    image("log:1");
    assertThat(revisions()).extracting(ControllerRevision::getRevision).containsOnly(2L, 3L);
    image("log:3");
    for (int i = 0; i < 4; i++) {
      kubelet.catchUp(pod -> false);
      simulation.settle();
      run();
    }

    assertThat(revisions()).extracting(ControllerRevision::getRevision).containsOnly(3L, 4L);
  }

  @Test
  void countsAvailablePodsAfterTheirTime() {
    create(spec -> spec.setMinReadySeconds(30));
    run();
    assertThat(status().getNumberReady()).isEqualTo(3);
    assertThat(status().getNumberAvailable()).isNull();
    simulation.pass(Duration.ofSeconds(30));

    assertThat(status().getNumberAvailable()).isEqualTo(3);
  }

  /// Binds each pod to its node and lets it run.
  private void run() {
    for (Pod pod : pods()) {
      if (Pods.isActive(pod) && !Pods.isReady(pod)) {
        Pod bound = Objects.copy(pod);
        bound.getSpec().setNodeName(DaemonNodes.of(pod).orElseThrow());
        kubelet.ready(
            pod.getSpec().getNodeName() == null ? simulation.cluster().update(bound) : pod);
      }
    }
    simulation.settle();
  }

  private void create(Consumer<DaemonSetSpec> spec) {
    DaemonSet set =
        new DaemonSetBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("log")
            .endMetadata()
            .withNewSpec()
            .withNewSelector()
            .addToMatchLabels("app", "log")
            .endSelector()
            .withNewUpdateStrategy()
            .withType("RollingUpdate")
            .withNewRollingUpdate()
            .withMaxUnavailable(new IntOrString(1))
            .withMaxSurge(new IntOrString(0))
            .endRollingUpdate()
            .endUpdateStrategy()
            .withNewTemplate()
            .withNewMetadata()
            .addToLabels("app", "log")
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("log")
            .withImage("log:1")
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    spec.accept(set.getSpec());
    create(set);
  }

  private void image(String image) {
    change(
        set(),
        set -> set.getSpec().getTemplate().getSpec().getContainers().getFirst().setImage(image));
  }

  private Node present(String name) {
    return simulation.cluster().find(Node.class, "", name).orElseThrow();
  }

  private static Node node(String name) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .build();
  }

  private DaemonSet set() {
    return find(DaemonSet.class, "log");
  }

  private DaemonSetStatus status() {
    return set().getStatus();
  }

  private Pod on(String node) {
    return pods().stream()
        .filter(pod -> DaemonNodes.of(pod).orElseThrow().equals(node))
        .findFirst()
        .orElseThrow();
  }

  private List<ControllerRevision> revisions() {
    return simulation.cluster().all(ControllerRevision.class);
  }

  private String hash() {
    return TemplateHistory.inOrder(revisions())
        .getLast()
        .getMetadata()
        .getLabels()
        .getOrDefault("controller-revision-hash", "");
  }
}
