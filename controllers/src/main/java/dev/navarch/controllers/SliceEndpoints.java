package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointHints;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointHintsBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One pod as an endpoint of a slice.
final class SliceEndpoints {
  private SliceEndpoints() {}

  static Endpoint of(Service service, Pod pod, String family, Optional<String> zone) {
    boolean serving = Pods.isReady(pod);
    boolean terminating = Pods.isDeleting(pod);
    boolean ready = ServicePods.publishesNotReady(service) || (serving && !terminating);
    return new EndpointBuilder()
        .withAddresses(ServicePods.addresses(pod, family))
        .withNewConditions()
        .withReady(ready)
        .withServing(serving)
        .withTerminating(terminating)
        .endConditions()
        .withHostname(ServicePods.hostname(pod, service).orElse(null))
        .withNodeName(pod.getSpec().getNodeName())
        .withZone(zone.orElse(null))
        .withHints(ready ? hints(service, pod, zone) : null)
        .withTargetRef(ServicePods.reference(pod))
        .build();
  }

  /// The service's ports on this pod; one that the pod does not name is left out.
  static List<EndpointPort> ports(Service service, Pod pod) {
    return service.getSpec().getPorts().stream()
        .flatMap(
            port ->
                ServicePods.port(pod, port).stream()
                    .map(
                        number ->
                            new EndpointPortBuilder()
                                .withName(Optional.ofNullable(port.getName()).orElse(""))
                                .withPort(number)
                                .withProtocol(ServicePods.protocol(port.getProtocol()))
                                .withAppProtocol(port.getAppProtocol())
                                .build()))
        .toList();
  }

  /// Which clients should prefer this endpoint, when the service wants its traffic kept near.
  private static @Nullable EndpointHints hints(Service service, Pod pod, Optional<String> zone) {
    String distribution =
        Optional.ofNullable(service.getSpec().getTrafficDistribution()).orElse("");
    boolean near =
        Stream.of("PreferClose", "PreferSameZone", "PreferSameNode").anyMatch(distribution::equals);
    var hints = new EndpointHintsBuilder();
    if (near && zone.isPresent()) {
      hints.addNewForZone(zone.get());
    }
    if (distribution.equals("PreferSameNode") && pod.getSpec().getNodeName() != null) {
      hints.addNewForNode(pod.getSpec().getNodeName());
    }
    return hints.hasForZones() || hints.hasForNodes() ? hints.build() : null;
  }
}
