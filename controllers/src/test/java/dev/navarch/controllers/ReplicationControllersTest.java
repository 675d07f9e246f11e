package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.ReplicationControllerBuilder;
import io.fabric8.kubernetes.api.model.ReplicationControllerStatus;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// ReplicationControllers keep pods as ReplicaSets do, and say of themselves what their kind says.
class ReplicationControllersTest {
  private final Simulation simulation = new Simulation();
  private final RecordedEvents events = new RecordedEvents();
  private final SimulatedKubelet kubelet = new SimulatedKubelet(simulation);

  @BeforeEach
  void start() {
    simulation.with(
        ReplicaSetController.register(
            Replicated.CONTROLLERS,
            simulation.informers(),
            simulation.cluster(),
            events,
            simulation.clock()));
    simulation
        .cluster()
        .create(
            new ReplicationControllerBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withReplicas(2)
                .withSelector(Map.of("app", "web"))
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(Map.of("app", "web"))
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .withImage("i")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build());
    simulation.settle();
  }

  private ReplicationController controller() {
    return simulation.cluster().find(ReplicationController.class, "shop", "web").orElseThrow();
  }

  private ReplicationControllerStatus status() {
    return controller().getStatus();
  }

  private List<Pod> active() {
    return simulation.cluster().all(Pod.class).stream().filter(Pods::isActive).toList();
  }

  private void scale(int replicas) {
    ReplicationController changed = Objects.copy(controller());
    changed.getSpec().setReplicas(replicas);
    simulation.cluster().update(changed);
    simulation.settle();
  }

  @Test
  void hasAsManyPodsAsItWants() {
    assertThat(active())
        .hasSize(2)
        .allSatisfy(
            pod ->
                assertThat(OwnerReferences.controllerOf(pod))
                    .hasValueSatisfying(
                        owner ->
                            assertThat(owner.getKind() + " " + owner.getApiVersion())
                                .isEqualTo("ReplicationController v1")));
    assertThat(events.lines())
        .hasSize(2)
        .allMatch(it -> it.startsWith("Normal SuccessfulCreate Created pod: web-"));
    scale(1);
    assertThat(active()).hasSize(1);
    scale(3);
    assertThat(active()).hasSize(3);
    simulation.cluster().delete(active().getFirst());
    simulation.settle();
    assertThat(active()).hasSize(3);
  }

  @Test
  void saysHowManyAreReady() {
    kubelet.ready(active().getFirst());
    simulation.settle();
    assertThat(status().getReplicas()).isEqualTo(2);
    assertThat(status().getFullyLabeledReplicas()).isEqualTo(2);
    assertThat(status().getReadyReplicas()).isEqualTo(1);
    assertThat(status().getAvailableReplicas()).isEqualTo(1);
    assertThat(status().getObservedGeneration())
        .isEqualTo(controller().getMetadata().getGeneration());
  }

  @Test
  void adoptsAndReleases() {
    Pod orphan =
        simulation
            .cluster()
            .create(
                new PodBuilder()
                    .withNewMetadata()
                    .withNamespace("shop")
                    .withName("lonely")
                    .withLabels(Map.of("app", "web"))
                    .endMetadata()
                    .withNewSpec()
                    .endSpec()
                    .build());
    simulation.settle();
    assertThat(active()).hasSize(2);
    Pod any = active().getFirst();
    Pod relabeled = Objects.copy(any);
    relabeled.getMetadata().getLabels().put("app", "debug");
    simulation.cluster().update(relabeled);
    simulation.settle();

    Pod released =
        simulation.cluster().find(Pod.class, "shop", any.getMetadata().getName()).orElseThrow();
    assertThat(OwnerReferences.controllerOf(released)).isEmpty();
    assertThat(active()).hasSize(3);
    assertThat(orphan.getMetadata().getName()).isEqualTo("lonely");
  }
}
