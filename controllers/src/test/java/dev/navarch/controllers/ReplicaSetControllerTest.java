package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.ApiError;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplicaSetControllerTest {
  private final Simulation simulation = new Simulation();
  private final SimulatedKubelet kubelet = new SimulatedKubelet(simulation);
  private final RecordedEvents events = new RecordedEvents();

  @BeforeEach
  void start() {
    simulation.with(
        ReplicaSetController.register(
            Replicated.SETS,
            simulation.informers(),
            simulation.cluster(),
            events,
            simulation.clock()));
  }

  @Test
  void createsWhatIsMissing() {
    create(3, 0);

    assertThat(pods()).hasSize(3);
    Pod pod = pods().getFirst();
    assertThat(pod.getMetadata().getName()).startsWith("web-");
    assertThat(pod.getMetadata().getLabels()).containsEntry("app", "web");
    assertThat(OwnerReferences.isControlledBy(pod, set())).isTrue();
    assertThat(events.lines())
        .hasSize(3)
        .allMatch(it -> it.startsWith("Normal SuccessfulCreate Created pod: web-"));
    assertThat(status().getReplicas()).isEqualTo(3);
    assertThat(status().getFullyLabeledReplicas()).isEqualTo(3);
    assertThat(status().getReadyReplicas()).isNull();
    assertThat(status().getObservedGeneration()).isEqualTo(1);
  }

  @Test
  void replacesAPodThatIsDeletedOrFails() {
    create(3, 0);
    kubelet.catchUp();
    simulation.cluster().delete(pods().get(0));
    kubelet.phase(pods().get(1), "Failed");
    simulation.settle();

    assertThat(pods().stream().filter(Pods::isActive)).hasSize(3);
    assertThat(status().getTerminatingReplicas()).isEqualTo(1);
  }

  @Test
  void losesTheLeastUsefulPodsFirst() {
    create(4, 0);
    List<Pod> all = pods();
    kubelet.ready(all.get(0));
    kubelet.ready(all.get(2));
    scale(2);

    assertThat(pods().stream().filter(Pods::isActive).map(pod -> pod.getMetadata().getName()))
        .containsExactlyInAnyOrder(
            all.get(0).getMetadata().getName(), all.get(2).getMetadata().getName());
    assertThat(events.lines()).filteredOn(it -> it.contains("SuccessfulDelete")).hasSize(2);
  }

  @Test
  void makesManyPodsInSeveralBursts() {
    create(1203, 0);

    assertThat(pods()).hasSize(1203);
    assertThat(status().getReplicas()).isEqualTo(1203);
  }

  @Test
  void adoptsOrphansAndReleasesWhatItNoLongerSelects() {
    Pod orphan = simulation.cluster().create(orphan("lonely", "web"));
    simulation.cluster().create(orphan("stranger", "other"));
    create(2, 0);

    assertThat(pods()).hasSize(3);
    Pod adopted = pod("lonely");
    assertThat(OwnerReferences.isControlledBy(adopted, set())).isTrue();
    assertThat(adopted.getMetadata().getUid()).isEqualTo(orphan.getMetadata().getUid());

    Pod relabeled = Objects.copy(adopted);
    relabeled.getMetadata().getLabels().put("app", "debug");
    simulation.cluster().update(relabeled);
    simulation.settle();

    assertThat(OwnerReferences.controllerOf(pod("lonely"))).isEmpty();
    assertThat(pods()).hasSize(4);
  }

  @Test
  void leavesItsPodsAloneWhileItIsBeingDeleted() {
    ReplicaSet set = set(2, 0);
    set.getMetadata().setFinalizers(List.of("test/held"));
    simulation.cluster().create(set);
    simulation.settle();
    simulation.cluster().delete(set());
    simulation.cluster().delete(pods().getFirst());
    simulation.settle();

    assertThat(pods()).hasSize(1);
  }

  @Test
  void countsPodsAsAvailableAfterTheirTime() {
    create(2, 30);
    kubelet.catchUp();
    simulation.settle();
    assertThat(status().getReadyReplicas()).isEqualTo(2);
    assertThat(status().getAvailableReplicas()).isNull();

    simulation.pass(Duration.ofSeconds(29));
    assertThat(status().getAvailableReplicas()).isNull();
    simulation.pass(Duration.ofSeconds(1));
    assertThat(status().getAvailableReplicas()).isEqualTo(2);
  }

  @Test
  void saysWhyItCannotCreatePods() {
    var pods = new ApiError.Resource("", "pods");
    simulation
        .cluster()
        .fail("create", "pods", new ApiError.Forbidden(pods, "web-1", "exceeded quota: small"));
    create(5, 0);

    assertThat(events.lines())
        .hasSizeLessThan(5)
        .containsOnly(
            "Warning FailedCreate Error creating: pods \"web-1\" is forbidden: exceeded quota:"
                + " small");
    assertThat(status().getConditions().getFirst().getReason()).isEqualTo("FailedCreate");

    simulation.cluster().heal();
    simulation.pass(Duration.ofSeconds(1));

    assertThat(pods()).hasSize(5);
    assertThat(status().getConditions()).isEmpty();
  }

  private void create(int replicas, int minReadySeconds) {
    simulation.cluster().create(set(replicas, minReadySeconds));
    simulation.settle();
  }

  private void scale(int replicas) {
    ReplicaSet changed = set();
    changed.getSpec().setReplicas(replicas);
    simulation.cluster().update(changed);
    simulation.settle();
  }

  private List<Pod> pods() {
    return simulation.cluster().all(Pod.class);
  }

  private Pod pod(String name) {
    return simulation.cluster().find(Pod.class, "default", name).orElseThrow();
  }

  private ReplicaSet set() {
    return simulation.cluster().find(ReplicaSet.class, "default", "web").orElseThrow();
  }

  private ReplicaSetStatus status() {
    return set().getStatus();
  }

  private static ReplicaSet set(int replicas, int minReadySeconds) {
    return new ReplicaSetBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web")
        .endMetadata()
        .withNewSpec()
        .withReplicas(replicas)
        .withMinReadySeconds(minReadySeconds)
        .withNewSelector()
        .addToMatchLabels("app", "web")
        .endSelector()
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

  private static Pod orphan(String name, String app) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .addToLabels("app", app)
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .build();
  }
}
