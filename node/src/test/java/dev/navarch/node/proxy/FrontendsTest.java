package dev.navarch.node.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrontendsTest {
  private final Frontends frontends = new Frontends("node1");

  @Test
  void aPortIsServedByTheReadyPodsOfThatPort() {
    Frontend web = frontends.of(service("Cluster"), List.of(slice(true, false))).getFirst();

    assertThat(web.name()).isEqualTo("default/web:http");
    assertThat(web.clusterIps()).containsExactly("10.96.0.10");
    assertThat(web.nodePort()).isEqualTo(30080);
    assertThat(web.endpoints()).containsExactly(pod("10.40.1.2"), pod("10.40.2.2"));
  }

  @Test
  void withoutReadyPodsThoseThatTerminateStillServe() {
    Frontend web = frontends.of(service("Cluster"), List.of(slice(false, true))).getFirst();

    assertThat(web.endpoints()).hasSize(2);
  }

  @Test
  void podsThatAreNotReadyAndDoNotTerminateServeNothing() {
    Frontend web = frontends.of(service("Cluster"), List.of(slice(false, false))).getFirst();

    assertThat(web.endpoints()).isEmpty();
  }

  @Test
  void externalPolicyLocalKeepsToThisNodesPodsAndTheSource() {
    Frontend web = frontends.of(service("Local"), List.of(slice(true, false))).getFirst();

    assertThat(web.keepSource()).isTrue();
    assertThat(web.endpoints()).hasSize(2);
    assertThat(web.externalEndpoints()).containsExactly(pod("10.40.1.2"));
  }

  @Test
  void headlessServicesHaveNoFrontend() {
    Service headless =
        new ServiceBuilder(service("Cluster")).editSpec().withClusterIP("None").endSpec().build();

    assertThat(frontends.of(headless, List.of(slice(true, false)))).isEmpty();
  }

  @Test
  void aHostPortLeadsToItsPod() {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("p")
            .withUid("u")
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("c")
            .addNewPort()
            .withContainerPort(80)
            .withHostPort(8080)
            .withProtocol("TCP")
            .endPort()
            .endContainer()
            .endSpec()
            .withNewStatus()
            .withPhase("Running")
            .withPodIP("10.40.1.9")
            .endStatus()
            .build();

    assertThat(frontends.of(pod))
        .singleElement()
        .satisfies(
            frontend -> {
              assertThat(frontend.nodePort()).isEqualTo(8080);
              assertThat(frontend.endpoints())
                  .containsExactly(new Frontend.Endpoint("10.40.1.9", 80));
            });
  }

  private static Frontend.Endpoint pod(String ip) {
    return new Frontend.Endpoint(ip, 8080);
  }

  private static Service service(String externalPolicy) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web")
        .endMetadata()
        .withNewSpec()
        .withType("NodePort")
        .withClusterIP("10.96.0.10")
        .withExternalTrafficPolicy(externalPolicy)
        .addNewPort()
        .withName("http")
        .withPort(80)
        .withProtocol("TCP")
        .withNodePort(30080)
        .endPort()
        .endSpec()
        .build();
  }

  private static EndpointSlice slice(boolean ready, boolean terminating) {
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web-1")
        .endMetadata()
        .withAddressType("IPv4")
        .addNewPort()
        .withName("http")
        .withPort(8080)
        .withProtocol("TCP")
        .endPort()
        .addNewEndpoint()
        .withAddresses("10.40.1.2")
        .withNodeName("node1")
        .withNewConditions(ready, true, terminating)
        .endEndpoint()
        .addNewEndpoint()
        .withAddresses("10.40.2.2")
        .withNodeName("node2")
        .withNewConditions(ready, true, terminating)
        .endEndpoint()
        .build();
  }
}
