package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeploymentControllerTest {
  private final Simulation simulation = new Simulation();
  private final SimulatedKubelet kubelet = new SimulatedKubelet(simulation);
  private final RecordedEvents events = new RecordedEvents();

  @BeforeEach
  void start() {
    simulation
        .with(
            DeploymentController.register(
                simulation.informers(), simulation.cluster(), events, simulation.clock()))
        .with(
            ReplicaSetController.register(
                Replicated.SETS,
                simulation.informers(),
                simulation.cluster(),
                new RecordedEvents(),
                simulation.clock()));
  }

  @Test
  void makesASetForItsTemplate() {
    create(3);

    ReplicaSet set = sets().getFirst();
    assertThat(set.getMetadata().getName()).matches("web-[bcdfghjklmnpqrstvwxz2456789]{1,10}");
    String hash = set.getMetadata().getLabels().get("pod-template-hash");
    assertThat(set.getMetadata().getName()).isEqualTo("web-" + hash);
    assertThat(set.getSpec().getSelector().getMatchLabels())
        .containsEntry("pod-template-hash", hash)
        .containsEntry("app", "web");
    assertThat(set.getMetadata().getAnnotations())
        .containsEntry("deployment.kubernetes.io/desired-replicas", "3")
        .containsEntry("deployment.kubernetes.io/max-replicas", "4")
        .containsEntry("deployment.kubernetes.io/revision", "1");
    assertThat(deployment().getMetadata().getAnnotations())
        .containsEntry("deployment.kubernetes.io/revision", "1");
    assertThat(pods()).hasSize(3);
    assertThat(events.lines())
        .containsExactly(
            "Normal ScalingReplicaSet Scaled up replica set %s from 0 to 3"
                .formatted(set.getMetadata().getName()));
    assertThat(condition("Progressing").getReason()).isEqualTo("ReplicaSetUpdated");
    assertThat(condition("Available").getReason()).isEqualTo("MinimumReplicasUnavailable");

    finish();

    assertThat(deployment().getStatus().getAvailableReplicas()).isEqualTo(3);
    assertThat(deployment().getStatus().getObservedGeneration()).isEqualTo(1);
    assertThat(condition("Progressing").getReason()).isEqualTo("NewReplicaSetAvailable");
    assertThat(condition("Progressing").getMessage())
        .isEqualTo(
            "ReplicaSet \"%s\" has successfully progressed."
                .formatted(set.getMetadata().getName()));
    assertThat(condition("Available").getStatus()).isEqualTo("True");
  }

  @Test
  void keepsItsPromisesDuringARollout() {
    create(10);
    finish();

    change(deployment -> image(deployment, "web:2"));
    for (int i = 0; i < 30; i++) {
      assertThat(pods().stream().filter(Pods::isActive).count()).isLessThanOrEqualTo(13);
      assertThat(pods().stream().filter(Pods::isActive).filter(Pods::isReady).count())
          .isGreaterThanOrEqualTo(8);
      kubelet.catchUp();
      simulation.settle();
    }

    assertThat(pods()).hasSize(10).allMatch(pod -> image(pod).equals("web:2"));
    assertThat(sizes()).containsExactlyInAnyOrderEntriesOf(Map.of("web:1", 0, "web:2", 10));
    assertThat(deployment().getMetadata().getAnnotations())
        .containsEntry("deployment.kubernetes.io/revision", "2");
  }

  @Test
  void stopsAtABrokenTemplateAndComesBack() {
    create(4);
    finish();

    change(deployment -> image(deployment, "broken"));
    for (int i = 0; i < 5; i++) {
      kubelet.catchUp(pod -> !image(pod).equals("broken"));
      simulation.settle();
    }
    assertThat(sizes()).containsExactlyInAnyOrderEntriesOf(Map.of("web:1", 3, "broken", 2));

    simulation.pass(Duration.ofSeconds(602));
    assertThat(condition("Progressing").getReason()).isEqualTo("ProgressDeadlineExceeded");
    assertThat(condition("Progressing").getStatus()).isEqualTo("False");

    change(deployment -> image(deployment, "web:1"));
    finish();

    assertThat(sizes()).containsExactlyInAnyOrderEntriesOf(Map.of("web:1", 4, "broken", 0));
    assertThat(deployment().getMetadata().getAnnotations())
        .containsEntry("deployment.kubernetes.io/revision", "3");
    ReplicaSet back = set("web:1");
    assertThat(back.getMetadata().getAnnotations())
        .containsEntry("deployment.kubernetes.io/revision", "3")
        .containsEntry("deployment.kubernetes.io/revision-history", "1");
    assertThat(condition("Progressing").getReason()).isEqualTo("NewReplicaSetAvailable");
  }

  @Test
  void recreatesOnlyAfterTheLastOldPodIsGone() {
    simulation.cluster().create(strategy(deployment(3), "Recreate"));
    finish();

    change(deployment -> image(deployment, "web:2"));
    assertThat(pods()).hasSize(3).allMatch(Pods::isDeleting);

    finish();
    assertThat(pods()).hasSize(3).allMatch(pod -> image(pod).equals("web:2"));
  }

  @Test
  void scalesInTheMiddleOfARolloutByShares() {
    create(10);
    finish();
    change(deployment -> image(deployment, "broken"));
    kubelet.catchUp(pod -> !image(pod).equals("broken"));
    simulation.settle();
    assertThat(sizes()).containsExactlyInAnyOrderEntriesOf(Map.of("web:1", 8, "broken", 5));

    change(deployment -> deployment.getSpec().setReplicas(20));

    assertThat(sizes().values().stream().mapToInt(it -> it).sum()).isEqualTo(25);
    assertThat(sizes()).containsExactlyInAnyOrderEntriesOf(Map.of("web:1", 15, "broken", 10));
  }

  @Test
  void scalesToZeroAndBack() {
    create(3);
    finish();
    change(deployment -> deployment.getSpec().setReplicas(0));
    finish();
    assertThat(pods()).isEmpty();

    change(deployment -> deployment.getSpec().setReplicas(5));
    finish();
    assertThat(deployment().getStatus().getAvailableReplicas()).isEqualTo(5);
    assertThat(sets()).hasSize(1);
  }

  @Test
  void changesNothingButTheSizeWhilePaused() {
    create(2);
    finish();
    change(deployment -> deployment.getSpec().setPaused(true));
    assertThat(condition("Progressing").getReason()).isEqualTo("DeploymentPaused");

    change(
        deployment -> {
          image(deployment, "web:2");
          deployment.getSpec().setReplicas(4);
        });
    finish();
    assertThat(sizes()).containsExactlyInAnyOrderEntriesOf(Map.of("web:1", 4));

    change(deployment -> deployment.getSpec().setPaused(false));
    finish();
    assertThat(sizes()).containsExactlyInAnyOrderEntriesOf(Map.of("web:1", 0, "web:2", 4));
    assertThat(condition("Progressing").getReason()).isEqualTo("NewReplicaSetAvailable");
  }

  @Test
  void keepsAsMuchHistoryAsItIsTold() {
    Deployment deployment = deployment(1);
    deployment.getSpec().setRevisionHistoryLimit(2);
    simulation.cluster().create(deployment);
    finish();
    for (int version = 2; version <= 6; version++) {
      String image = "web:" + version;
      change(changed -> image(changed, image));
      finish();
    }

    assertThat(sizes().keySet()).containsExactlyInAnyOrder("web:4", "web:5", "web:6");
  }

  @Test
  void refusesToSelectEverything() {
    Deployment deployment = deployment(1);
    deployment.getSpec().getSelector().setMatchLabels(Map.of());
    simulation.cluster().create(deployment);
    simulation.settle();

    assertThat(sets()).isEmpty();
    assertThat(events.lines().getFirst()).startsWith("Warning SelectingAll");
  }

  @Test
  void takesAnotherNameWhenItsOwnIsTaken() {
    create(1);
    ReplicaSet first = sets().getFirst();
    simulation.cluster().delete(deployment());
    ReplicaSet foreign = Objects.copy(first);
    foreign.getMetadata().setOwnerReferences(List.of());
    foreign.getSpec().getSelector().setMatchLabels(Map.of("app", "foreign"));
    foreign.getMetadata().setLabels(Map.of("app", "foreign"));
    foreign.getSpec().setReplicas(0);
    simulation.cluster().delete(first);
    simulation.cluster().create(foreign);

    create(1);

    assertThat(deployment().getStatus().getCollisionCount()).isEqualTo(1);
    assertThat(sets()).hasSize(2);
  }

  private void create(int replicas) {
    simulation.cluster().create(deployment(replicas));
    simulation.settle();
  }

  private void change(Consumer<Deployment> change) {
    Deployment changed = deployment();
    change.accept(changed);
    simulation.cluster().update(changed);
    simulation.settle();
  }

  /// Lets the nodes and the controllers run until nothing changes any more.
  private void finish() {
    for (int i = 0; i < 30; i++) {
      simulation.settle();
      kubelet.catchUp();
    }
    simulation.settle();
  }

  private Deployment deployment() {
    return simulation.cluster().find(Deployment.class, "default", "web").orElseThrow();
  }

  private DeploymentCondition condition(String type) {
    return DeploymentStatuses.find(deployment().getStatus(), type).orElseThrow();
  }

  private List<ReplicaSet> sets() {
    return simulation.cluster().all(ReplicaSet.class);
  }

  private ReplicaSet set(String image) {
    return sets().stream().filter(set -> image(set).equals(image)).findFirst().orElseThrow();
  }

  private List<Pod> pods() {
    return simulation.cluster().all(Pod.class);
  }

  private Map<String, Integer> sizes() {
    return sets().stream()
        .collect(Collectors.toMap(DeploymentControllerTest::image, Rollout::size));
  }

  private static String image(ReplicaSet set) {
    return set.getSpec().getTemplate().getSpec().getContainers().getFirst().getImage();
  }

  private static String image(Pod pod) {
    return pod.getSpec().getContainers().getFirst().getImage();
  }

  private static void image(Deployment deployment, String image) {
    deployment.getSpec().getTemplate().getSpec().getContainers().getFirst().setImage(image);
  }

  private static Deployment strategy(Deployment deployment, String type) {
    deployment.getSpec().getStrategy().setType(type);
    deployment.getSpec().getStrategy().setRollingUpdate(null);
    return deployment;
  }

  private static Deployment deployment(int replicas) {
    return new DeploymentBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web")
        .endMetadata()
        .withNewSpec()
        .withReplicas(replicas)
        .withProgressDeadlineSeconds(600)
        .withRevisionHistoryLimit(10)
        .withNewSelector()
        .addToMatchLabels("app", "web")
        .endSelector()
        .withNewStrategy()
        .withType("RollingUpdate")
        .withNewRollingUpdate()
        .withMaxSurge(new IntOrString("25%"))
        .withMaxUnavailable(new IntOrString("25%"))
        .endRollingUpdate()
        .endStrategy()
        .withNewTemplate()
        .withNewMetadata()
        .addToLabels("app", "web")
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("web")
        .withImage("web:1")
        .endContainer()
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }
}
