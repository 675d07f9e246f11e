package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatus;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DisruptionControllerTest extends ControllerTrial {
  DisruptionControllerTest() {
    super(DisruptionController::register);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // replicas, healthy, minAvailable, maxUnavailable; desired, expected, allowed
        "3, 3, 2, -, 2, 3, 1",
        "3, 2, 2, -, 2, 3, 0",
        "3, 3, 50%, -, 2, 3, 1",
        "3, 3, -, 1, 2, 3, 1",
        "3, 3, -, 34%, 1, 3, 2",
        "3, 1, -, 1, 2, 3, 0",
        "1, 1, -, 5, 0, 1, 1"
      })
  void saysHowManyMayGo(
      int replicas,
      int healthy,
      @Nullable String least,
      @Nullable String most,
      int desired,
      int expected,
      int allowed) {
    ReplicaSet set = simulation.cluster().create(set(replicas));
    for (int i = 0; i < replicas; i++) {
      pod("web-" + i, set);
    }
    for (int i = 0; i < healthy; i++) {
      kubelet.ready(pod("web-" + i));
    }
    budget(least, most);

    assertThat(status().getExpectedPods()).isEqualTo(expected);
    assertThat(status().getDesiredHealthy()).isEqualTo(desired);
    assertThat(status().getCurrentHealthy()).isEqualTo(healthy);
    assertThat(status().getDisruptionsAllowed()).isEqualTo(allowed);
    assertThat(status().getObservedGeneration()).isEqualTo(1);
    assertThat(status().getConditions().getFirst().getReason())
        .isEqualTo(allowed > 0 ? "SufficientPods" : "InsufficientPods");
  }

  @Test
  void countsAnEvictedPodAsGoneForAWhile() {
    ReplicaSet set = simulation.cluster().create(set(2));
    kubelet.ready(pod("web-0", set));
    kubelet.ready(pod("web-1", set));
    budget("1", null);
    PodDisruptionBudget charged = Objects.copy(budget());
    charged.getStatus().setDisruptedPods(Map.of("web-0", simulation.clock().instant().toString()));
    simulation.cluster().updateStatus(charged);
    simulation.settle();
    assertThat(status().getCurrentHealthy()).isEqualTo(1);
    assertThat(status().getDisruptionsAllowed()).isZero();

    simulation.pass(Duration.ofMinutes(2));

    assertThat(status().getDisruptedPods()).isNullOrEmpty();
    assertThat(status().getDisruptionsAllowed()).isEqualTo(1);
    assertThat(events.lines())
        .contains(
            "Warning NotDeleted Pod was expected by PDB default/calm to be deleted but it wasn't");
  }

  @Test
  void allowsNothingWhereNobodySaysHowManyThereShouldBe() {
    DaemonSet set =
        simulation
            .cluster()
            .create(
                new DaemonSetBuilder()
                    .withNewMetadata()
                    .withNamespace("default")
                    .withName("log")
                    .endMetadata()
                    .withNewSpec()
                    .endSpec()
                    .build());
    kubelet.ready(pod("web-0", set));
    budget(null, "1");

    assertThat(status().getDisruptionsAllowed()).isZero();
    assertThat(status().getConditions().getFirst().getReason()).isEqualTo("SyncFailed");
    assertThat(status().getConditions().getFirst().getMessage())
        .isEqualTo("daemonsets.apps does not implement the scale subresource");
  }

  private void budget(@Nullable String least, @Nullable String most) {
    create(
        new PodDisruptionBudgetBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("calm")
            .endMetadata()
            .withNewSpec()
            .withMinAvailable(least == null ? null : amount(least))
            .withMaxUnavailable(most == null ? null : amount(most))
            .withNewSelector()
            .addToMatchLabels("app", "web")
            .endSelector()
            .endSpec()
            .build());
  }

  private static IntOrString amount(String text) {
    return text.endsWith("%") ? new IntOrString(text) : new IntOrString(Integer.valueOf(text));
  }

  private PodDisruptionBudget budget() {
    return find(PodDisruptionBudget.class, "calm");
  }

  private PodDisruptionBudgetStatus status() {
    return budget().getStatus();
  }

  private Pod pod(String name, HasMetadata owner) {
    return simulation
        .cluster()
        .create(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .addToLabels("app", "web")
                .withOwnerReferences(OwnerReferences.to(owner))
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build());
  }

  private static ReplicaSet set(int replicas) {
    return new ReplicaSetBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web")
        .endMetadata()
        .withNewSpec()
        .withReplicas(replicas)
        .endSpec()
        .build();
  }
}
