package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDRBuilder;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Ranges that services get their addresses from.
class ServiceRangesTest {
  private final Simulation simulation = new Simulation();

  @BeforeEach
  void start() {
    simulation.with(
        ServiceRangeController.register(
            simulation.informers(), simulation.cluster(), simulation.clock()));
  }

  private void range(String name, String cidr) {
    simulation
        .cluster()
        .create(
            new ServiceCIDRBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withCidrs(cidr)
                .endSpec()
                .build());
    simulation.settle();
  }

  private Optional<ServiceCIDR> found(String name) {
    return simulation.cluster().find(ServiceCIDR.class, "", name);
  }

  private Condition ready(String name) {
    return found(name).orElseThrow().getStatus().getConditions().getFirst();
  }

  @Test
  void areReadyWhenTheyCanBeUsed() {
    range("more", "10.98.0.0/24");
    assertThat(found("more").orElseThrow().getMetadata().getFinalizers())
        .containsExactly("networking.k8s.io/service-cidr-finalizer");
    assertThat(ready("more").getStatus()).isEqualTo("True");
    range("six", "fd00::/112");
    assertThat(ready("six").getStatus()).isEqualTo("False");
    assertThat(ready("six").getMessage()).contains("fd00::/112", "expected IPv4");
  }

  @Test
  void stayWhileServicesNeedThem() {
    range("more", "10.98.0.0/24");
    simulation
        .cluster()
        .create(
            new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withClusterIP("10.98.0.9")
                .withClusterIPs("10.98.0.9")
                .endSpec()
                .build());
    simulation.cluster().delete(found("more").orElseThrow());
    simulation.settle();
    assertThat(ready("more").getReason()).isEqualTo("Terminating");

    range("wider", "10.98.0.0/16");
    assertThat(found("more")).isEmpty();

    simulation.cluster().delete(found("wider").orElseThrow());
    simulation.settle();
    assertThat(ready("wider").getStatus()).isEqualTo("False");
    simulation
        .cluster()
        .delete(simulation.cluster().find(Service.class, "default", "web").orElseThrow());
    simulation.settle();
    assertThat(found("wider")).isEmpty();
  }
}
