package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.EndpointAddressBuilder;
import io.fabric8.kubernetes.api.model.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.EndpointSubsetBuilder;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.EndpointsBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Endpoints that somebody wrote by hand, as slices.
class EndpointSliceMirroringTest {
  private final Simulation simulation = new Simulation();

  @BeforeEach
  void start() {
    simulation.with(
        EndpointSliceMirroringController.register(
            simulation.informers(), simulation.cluster(), new RecordedEvents()));
    simulation.cluster().given(service(Map.of()));
  }

  private static Service service(Map<String, String> selector) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("db")
        .endMetadata()
        .withNewSpec()
        .withSelector(selector)
        .endSpec()
        .build();
  }

  private static EndpointSubset subset(int port, String... addresses) {
    return new EndpointSubsetBuilder()
        .withAddresses(
            Stream.of(addresses)
                .map(ip -> new EndpointAddressBuilder().withIp(ip).build())
                .toList())
        .withPorts(new EndpointPortBuilder().withPort(port).withProtocol("TCP").build())
        .build();
  }

  private Endpoints written(EndpointSubset... subsets) {
    return new EndpointsBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("db")
        .addToLabels("team", "blue")
        .endMetadata()
        .withSubsets(subsets)
        .build();
  }

  private void change(EndpointSubset... subsets) {
    Endpoints now =
        Objects.copy(simulation.cluster().find(Endpoints.class, "default", "db").orElseThrow());
    now.setSubsets(List.of(subsets));
    simulation.cluster().update(now);
    simulation.settle();
  }

  private List<EndpointSlice> slices() {
    return simulation.cluster().all(EndpointSlice.class);
  }

  @Test
  void whatIsWrittenChangedAndDeletedShowsInSlices() {
    simulation.cluster().given(written(subset(80, "10.1.2.3")));
    simulation.settle();

    assertThat(slices())
        .singleElement()
        .satisfies(
            slice -> {
              assertThat(slice.getMetadata().getLabels())
                  .containsEntry("kubernetes.io/service-name", "db")
                  .containsEntry(
                      "endpointslice.kubernetes.io/managed-by",
                      "endpointslicemirroring-controller.k8s.io")
                  .containsEntry("team", "blue");
              assertThat(slice.getMetadata().getOwnerReferences().getFirst().getKind())
                  .isEqualTo("Endpoints");
              assertThat(slice.getAddressType()).isEqualTo("IPv4");
              assertThat(slice.getPorts().getFirst().getPort()).isEqualTo(80);
              assertThat(slice.getEndpoints().getFirst().getAddresses())
                  .containsExactly("10.1.2.3");
              assertThat(slice.getEndpoints().getFirst().getConditions().getReady()).isTrue();
            });

    change(subset(80, "10.2.3.4"));
    assertThat(slices())
        .singleElement()
        .extracting(slice -> slice.getEndpoints().getFirst().getAddresses())
        .isEqualTo(List.of("10.2.3.4"));

    change();
    assertThat(slices()).isEmpty();

    change(subset(80, "10.2.3.4"));
    simulation
        .cluster()
        .delete(simulation.cluster().find(Endpoints.class, "default", "db").orElseThrow());
    simulation.settle();
    assertThat(slices()).isEmpty();
  }

  @Test
  void familiesAndPortsHaveTheirOwnSlices() {
    simulation.cluster().given(written(subset(80, "10.1.2.3", "fd00::1"), subset(443, "10.1.2.3")));
    simulation.settle();

    assertThat(slices())
        .extracting(slice -> slice.getAddressType() + " " + slice.getPorts().getFirst().getPort())
        .containsExactlyInAnyOrder("IPv4 80", "IPv4 443", "IPv6 80");
  }

  @Test
  void whoAsksForNoneGetsNone() {
    Endpoints skipped = written(subset(80, "10.1.2.3"));
    skipped.getMetadata().setLabels(Map.of("endpointslice.kubernetes.io/skip-mirror", "true"));
    simulation.cluster().given(skipped);
    simulation.settle();
    assertThat(slices()).isEmpty();
  }

  @Test
  void aServiceThatGetsASelectorLosesItsMirroredSlices() {
    simulation.cluster().given(written(subset(80, "10.1.2.3")));
    simulation.settle();
    assertThat(slices()).hasSize(1);

    Service selecting =
        Objects.copy(simulation.cluster().find(Service.class, "default", "db").orElseThrow());
    selecting.getSpec().setSelector(Map.of("app", "db"));
    simulation.cluster().update(selecting);
    simulation.settle();
    assertThat(slices()).isEmpty();
  }
}
