package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointAddressBuilder;
import io.fabric8.kubernetes.api.model.EndpointPort;
import io.fabric8.kubernetes.api.model.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.EndpointSubsetBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The addresses of a service's pods, grouped as the older endpoints hold them: ports that the same
/// addresses answer on stand together.
final class EndpointSubsets {
  static final int CAPACITY = 1000;

  private record Place(EndpointAddress address, boolean ready) {}

  private EndpointSubsets() {}

  static List<EndpointSubset> of(Service service, Stream<Pod> pods) {
    Map<Optional<EndpointPort>, List<Place>> byPort = new LinkedHashMap<>();
    pods.filter(pod -> ServicePods.publishesNotReady(service) || !Pods.isDeleting(pod))
        .sorted(Comparator.comparing((Pod pod) -> pod.getMetadata().getName()))
        .forEach(pod -> place(service, pod, byPort));
    Map<List<Place>, List<EndpointPort>> byPlaces = new LinkedHashMap<>();
    byPort.forEach(
        (port, places) ->
            byPlaces
                .computeIfAbsent(places, _ -> new ArrayList<>())
                .addAll(port.stream().toList()));
    return byPlaces.entrySet().stream()
        .map(entry -> subset(entry.getKey(), entry.getValue()))
        .toList();
  }

  static boolean isTooMuch(List<EndpointSubset> subsets) {
    return ready(subsets) + notReady(subsets) > CAPACITY;
  }

  /// As much as fits, ready addresses first, each subset in proportion.
  static List<EndpointSubset> truncated(List<EndpointSubset> subsets) {
    long ready = Math.min(CAPACITY, ready(subsets));
    long notReady = Math.min(CAPACITY - ready, notReady(subsets));
    List<EndpointSubset> kept = new ArrayList<>();
    for (EndpointSubset subset : subsets) {
      var some =
          new EndpointSubsetBuilder(subset)
              .withAddresses(share(subset.getAddresses(), ready, ready(subsets)))
              .withNotReadyAddresses(
                  share(subset.getNotReadyAddresses(), notReady, notReady(subsets)))
              .build();
      if (!some.getAddresses().isEmpty() || !some.getNotReadyAddresses().isEmpty()) {
        kept.add(some);
      }
    }
    return kept;
  }

  private static List<EndpointAddress> share(List<EndpointAddress> all, long room, long total) {
    return total == 0 ? all : all.subList(0, (int) (all.size() * room / total));
  }

  private static long ready(List<EndpointSubset> subsets) {
    return subsets.stream().mapToLong(one -> one.getAddresses().size()).sum();
  }

  private static long notReady(List<EndpointSubset> subsets) {
    return subsets.stream().mapToLong(one -> one.getNotReadyAddresses().size()).sum();
  }

  private static void place(
      Service service, Pod pod, Map<Optional<EndpointPort>, List<Place>> byPort) {
    List<String> addresses = ServicePods.addresses(pod, ServicePods.families(service).getFirst());
    if (addresses.isEmpty()) {
      return;
    }
    var address =
        new EndpointAddressBuilder()
            .withIp(addresses.getFirst())
            .withHostname(ServicePods.hostname(pod, service).orElse(null))
            .withNodeName(pod.getSpec().getNodeName())
            .withTargetRef(ServicePods.reference(pod))
            .build();
    var place = new Place(address, ServicePods.publishesNotReady(service) || Pods.isReady(pod));
    ports(service, pod)
        .forEach(port -> byPort.computeIfAbsent(port, _ -> new ArrayList<>()).add(place));
  }

  /// Empty for the one case of no ports at all: a headless service that states none.
  private static Stream<Optional<EndpointPort>> ports(Service service, Pod pod) {
    List<ServicePort> ports = service.getSpec().getPorts();
    return ports.isEmpty() && ServicePods.isHeadless(service)
        ? Stream.of(Optional.empty())
        : ports.stream()
            .flatMap(port -> ServicePods.port(pod, port).map(number -> port(port, number)).stream())
            .map(Optional::of);
  }

  private static EndpointPort port(ServicePort port, int number) {
    return new EndpointPortBuilder()
        .withName(Optional.ofNullable(port.getName()).filter(name -> !name.isEmpty()).orElse(null))
        .withPort(number)
        .withProtocol(ServicePods.protocol(port.getProtocol()))
        .withAppProtocol(port.getAppProtocol())
        .build();
  }

  private static EndpointSubset subset(List<Place> places, List<EndpointPort> ports) {
    Map<Boolean, List<EndpointAddress>> parts =
        places.stream()
            .sorted(Comparator.comparing((Place place) -> place.address().getIp()))
            .collect(
                Collectors.partitioningBy(
                    Place::ready, Collectors.mapping(Place::address, Collectors.toList())));
    return new EndpointSubsetBuilder()
        .withAddresses(parts.get(true))
        .withNotReadyAddresses(parts.get(false))
        .withPorts(ports)
        .build();
  }
}
