package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceCondition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every namespace is given, and how it goes away.
class NamespacesTest {
  private final Simulation simulation = new Simulation();

  @BeforeEach
  void start() {
    simulation
        .with(NamespaceController.register(simulation.cluster(), simulation.clock()))
        .with(ServiceAccountController.register(simulation.informers(), simulation.cluster()))
        .with(RootCaPublisher.register(simulation.cluster(), "PEM"));
    simulation
        .cluster()
        .create(new NamespaceBuilder().withNewMetadata().withName("team").endMetadata().build());
    simulation.settle();
  }

  @Test
  void hasAnAccountAndTheClustersCertificates() {
    accountAndCertificatesAreThere();
  }

  private void accountAndCertificatesAreThere() {
    assertThat(simulation.cluster().find(ServiceAccount.class, "team", "default")).isPresent();
    assertThat(certificates().getData()).isEqualTo(Map.of("ca.crt", "PEM"));
  }

  @Test
  void getsThemBack() {
    simulation
        .cluster()
        .delete(simulation.cluster().find(ServiceAccount.class, "team", "default").orElseThrow());
    ConfigMap changed = certificates();
    changed.setData(Map.of("ca.crt", "forged"));
    simulation.cluster().update(changed);
    simulation.settle();

    accountAndCertificatesAreThere();
  }

  @Test
  void goesAwayWithAllThatIsInIt() {
    simulation.cluster().create(map(List.of()));
    simulation.cluster().delete(namespace());
    simulation.settle();

    assertThat(simulation.cluster().all(Namespace.class)).isEmpty();
    assertThat(simulation.cluster().all(ConfigMap.class)).isEmpty();
    assertThat(simulation.cluster().all(ServiceAccount.class)).isEmpty();
  }

  @Test
  void saysWhatHoldsIt() {
    simulation.cluster().create(map(List.of("test/held")));
    simulation.cluster().delete(namespace());
    simulation.settle();

    assertThat(namespace().getStatus().getPhase()).isEqualTo("Terminating");
    assertThat(condition("NamespaceContentRemaining").getMessage())
        .isEqualTo("Some resources are remaining: configmaps. has 1 resource instances");
    assertThat(condition("NamespaceFinalizersRemaining").getMessage())
        .isEqualTo(
            "Some content in the namespace has finalizers remaining: test/held in 1 resource"
                + " instances");
    assertThat(condition("NamespaceDeletionDiscoveryFailure").getStatus()).isEqualTo("False");

    ConfigMap held =
        Objects.copy(simulation.cluster().find(ConfigMap.class, "team", "held").orElseThrow());
    held.getMetadata().setFinalizers(List.of());
    simulation.cluster().update(held);
    simulation.pass(Duration.ofSeconds(2));

    assertThat(simulation.cluster().all(Namespace.class)).isEmpty();
  }

  @Test
  void losesItsPodsBeforeWhatTheyMayStillNeed() {
    simulation.cluster().create(map(List.of()));
    simulation
        .cluster()
        .create(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("team")
                .withName("busy")
                .withFinalizers("test/held")
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build());
    simulation.cluster().delete(namespace());
    simulation.settle();

    assertThat(simulation.cluster().find(ConfigMap.class, "team", "held"))
        .hasValueSatisfying(kept -> assertThat(Pods.isDeleting(kept)).isFalse());
    assertThat(condition("NamespaceContentRemaining").getMessage())
        .isEqualTo("Some resources are remaining: pods. has 1 resource instances");

    Pod busy = Objects.copy(simulation.cluster().find(Pod.class, "team", "busy").orElseThrow());
    busy.getMetadata().setFinalizers(List.of());
    simulation.cluster().update(busy);
    simulation.pass(Duration.ofSeconds(2));

    assertThat(simulation.cluster().all(Namespace.class)).isEmpty();
    assertThat(simulation.cluster().all(ConfigMap.class)).isEmpty();
  }

  private Namespace namespace() {
    return simulation.cluster().find(Namespace.class, "", "team").orElseThrow();
  }

  private ConfigMap certificates() {
    return simulation.cluster().find(ConfigMap.class, "team", "kube-root-ca.crt").orElseThrow();
  }

  private NamespaceCondition condition(String type) {
    return namespace().getStatus().getConditions().stream()
        .filter(one -> one.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  private static ConfigMap map(List<String> finalizers) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace("team")
        .withName("held")
        .withFinalizers(finalizers)
        .endMetadata()
        .build();
  }
}
