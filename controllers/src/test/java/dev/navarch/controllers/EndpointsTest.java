package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Both forms of endpoints, as they follow from services and pods.
class EndpointsTest {
  private final Simulation simulation = new Simulation();

  @BeforeEach
  void start() {
    var on = simulation.informers();
    simulation
        .with(EndpointSliceController.register(on, simulation.cluster(), new RecordedEvents()))
        .with(EndpointsController.register(on, simulation.cluster(), new RecordedEvents()));
    simulation
        .cluster()
        .given(
            new NodeBuilder()
                .withNewMetadata()
                .withName("n")
                .addToLabels("topology.kubernetes.io/zone", "east")
                .endMetadata()
                .build());
    simulation.cluster().given(service());
    simulation.settle();
  }

  @Test
  void aServiceWithoutPodsHasOneEmptySlice() {
    assertThat(slices())
        .singleElement()
        .satisfies(
            slice -> {
              assertThat(slice.getEndpoints()).isEmpty();
              assertThat(slice.getPorts()).isEmpty();
              assertThat(slice.getAddressType()).isEqualTo("IPv4");
              assertThat(slice.getMetadata().getLabels())
                  .containsEntry("kubernetes.io/service-name", "web")
                  .containsEntry(
                      "endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io")
                  .containsEntry("team", "blue");
            });
    assertThat(endpoints().getSubsets()).isEmpty();
  }

  @Test
  void tellsReadyServingAndTerminating() {
    pod("ready", 1, true, 8080);
    pod("starting", 2, false, 8080);
    pod("leaving", 3, true, 8080);
    simulation.cluster().delete(pod("leaving"));
    simulation.settle();

    assertThat(conditions(endpoint("ready"))).containsExactly(true, true, false);
    assertThat(conditions(endpoint("starting"))).containsExactly(false, false, false);
    assertThat(conditions(endpoint("leaving"))).containsExactly(false, true, true);
    assertThat(endpoint("ready").getZone()).isEqualTo("east");
    assertThat(endpoint("ready").getNodeName()).isEqualTo("n");

    EndpointSubset subset = endpoints().getSubsets().getFirst();
    assertThat(names(subset.getAddresses())).containsExactly("ready");
    assertThat(names(subset.getNotReadyAddresses())).containsExactly("starting");
    assertThat(subset.getPorts().getFirst().getPort()).isEqualTo(8080);
  }

  @Test
  void aNamedPortMayDifferFromPodToPod() {
    pod("old", 1, true, 8080);
    pod("new", 2, true, 9090);
    simulation.settle();

    assertThat(slices()).hasSize(2);
    assertThat(slices().stream().map(slice -> slice.getPorts().getFirst().getPort()))
        .containsExactlyInAnyOrder(8080, 9090);
    assertThat(endpoints().getSubsets()).hasSize(2);
  }

  @Test
  void changesOneSliceWhenOnePodChanges() {
    pods(250);
    assertThat(slices()).hasSize(3).allMatch(slice -> slice.getEndpoints().size() <= 100);
    Map<String, String> before = versions();
    Pod changed = Objects.copy(pod("p7"));
    changed.getStatus().getConditions().getFirst().setStatus("False");
    simulation.cluster().updateStatus(changed);
    simulation.settle();

    Map<String, String> after = versions();
    assertThat(after.keySet()).isEqualTo(before.keySet());
    assertThat(after.entrySet().stream().filter(one -> !before.containsValue(one.getValue())))
        .hasSize(1);
    assertThat(endpointsByPod()).hasSize(250);
  }

  @Test
  void newPodsFillSlicesThatHaveRoom() {
    pods(150);
    pod("late", 5000, true, 8080);
    simulation.settle();

    assertThat(slices()).hasSize(2);
    assertThat(slices().stream().mapToInt(slice -> slice.getEndpoints().size()))
        .containsExactlyInAnyOrder(100, 51);
  }

  @Test
  void endpointsAreTruncatedAtAThousand() {
    pods(1100);

    assertThat(slices()).hasSize(11);
    assertThat(endpoints().getSubsets().getFirst().getAddresses()).hasSize(1000);
    assertThat(endpoints().getMetadata().getAnnotations())
        .containsEntry("endpoints.kubernetes.io/over-capacity", "truncated");
  }

  @Test
  void aHeadlessServiceShowsPodsThatAreNotReadyWhenItSaysSo() {
    Service service = Objects.copy(find());
    service.getSpec().setClusterIP("None");
    service.getSpec().setPublishNotReadyAddresses(true);
    service.getSpec().setPorts(List.of());
    simulation.cluster().update(service);
    pod("starting", 1, false, 8080);
    simulation.settle();

    assertThat(conditions(endpoint("starting"))).containsExactly(true, false, false);
    assertThat(endpoint("starting").getHostname()).isEqualTo("starting");
    assertThat(slices().getFirst().getMetadata().getLabels())
        .containsEntry("service.kubernetes.io/headless", "");
    assertThat(names(endpoints().getSubsets().getFirst().getAddresses()))
        .containsExactly("starting");
    assertThat(endpoints().getSubsets().getFirst().getPorts()).isEmpty();
  }

  @Test
  void leavesServicesWithoutSelectorAlone() {
    simulation.cluster().delete(find());
    simulation.cluster().all(EndpointSlice.class).forEach(simulation.cluster()::delete);
    simulation.settle();
    Service service = service();
    service.getSpec().setSelector(Map.of());
    simulation.cluster().given(service);
    simulation.settle();

    assertThat(slices()).isEmpty();
    assertThat(simulation.cluster().all(Endpoints.class)).isEmpty();
  }

  @Test
  void bringsBackASliceThatSomebodyDeletes() {
    pod("ready", 1, true, 8080);
    simulation.settle();
    simulation.cluster().delete(slices().getFirst());
    simulation.cluster().delete(endpoints());
    simulation.settle();

    assertThat(endpointsByPod()).containsOnlyKeys("ready");
    assertThat(endpoints().getSubsets()).hasSize(1);
  }

  private static Service service() {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web")
        .addToLabels("team", "blue")
        .endMetadata()
        .withNewSpec()
        .withClusterIP("10.96.0.7")
        .withIpFamilies("IPv4")
        .addToSelector("app", "web")
        .addNewPort()
        .withName("http")
        .withPort(80)
        .withTargetPort(new IntOrString("www"))
        .endPort()
        .endSpec()
        .build();
  }

  private void pods(int count) {
    for (int i = 0; i < count; i++) {
      pod("p" + i, i, true, 8080);
    }
    simulation.settle();
  }

  private void pod(String name, int address, boolean ready, int port) {
    simulation
        .cluster()
        .given(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .addToLabels("app", "web")
                .endMetadata()
                .withNewSpec()
                .withNodeName("n")
                .withHostname(name)
                .withSubdomain("web")
                .addNewContainer()
                .withName("c")
                .addNewPort()
                .withName("www")
                .withContainerPort(port)
                .endPort()
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .addNewPodIP("10.40.%d.%d".formatted(address / 250, address % 250 + 2))
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus()
                .build());
  }

  private Pod pod(String name) {
    return simulation.cluster().find(Pod.class, "default", name).orElseThrow();
  }

  private Service find() {
    return simulation.cluster().find(Service.class, "default", "web").orElseThrow();
  }

  private Endpoints endpoints() {
    return simulation.cluster().find(Endpoints.class, "default", "web").orElseThrow();
  }

  private List<EndpointSlice> slices() {
    return simulation.cluster().all(EndpointSlice.class);
  }

  private Map<String, String> versions() {
    return slices().stream()
        .collect(
            Collectors.toMap(
                slice -> slice.getMetadata().getName(),
                slice -> slice.getMetadata().getResourceVersion()));
  }

  private Endpoint endpoint(String pod) {
    return Optional.ofNullable(endpointsByPod().get(pod)).orElseThrow();
  }

  private Map<String, Endpoint> endpointsByPod() {
    return slices().stream()
        .flatMap(slice -> slice.getEndpoints().stream())
        .collect(Collectors.toMap(one -> one.getTargetRef().getName(), one -> one));
  }

  private static List<Boolean> conditions(Endpoint endpoint) {
    var conditions = endpoint.getConditions();
    return List.of(conditions.getReady(), conditions.getServing(), conditions.getTerminating());
  }

  private static List<String> names(List<EndpointAddress> addresses) {
    return addresses.stream().map(one -> one.getTargetRef().getName()).toList();
  }
}
