package dev.navarch.node.proxy;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads Services, EndpointSlices and pods with host ports into what a node must serve.
final class Frontends {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int DEFAULT_AFFINITY_SECONDS = 10_800;

  private final String nodeName;

  Frontends(String nodeName) {
    this.nodeName = nodeName;
  }

  List<Frontend> of(Service service, Collection<EndpointSlice> slices) {
    var spec = service.getSpec();
    if (spec == null
        || spec.getPorts() == null
        || "ExternalName".equals(spec.getType())
        || spec.getClusterIP() == null
        || spec.getClusterIP().isEmpty()
        || "None".equals(spec.getClusterIP())) {
      return List.of();
    }
    List<Frontend> frontends = new ArrayList<>();
    boolean localInside = "Local".equals(spec.getInternalTrafficPolicy());
    boolean localOutside = "Local".equals(spec.getExternalTrafficPolicy());
    for (ServicePort port : spec.getPorts()) {
      frontends.add(
          new Frontend(
              "%s/%s:%s"
                  .formatted(
                      service.getMetadata().getNamespace(),
                      service.getMetadata().getName(),
                      port.getName() == null || port.getName().isEmpty()
                          ? port.getPort() + "/" + port.getProtocol()
                          : port.getName()),
              protocol(port.getProtocol()),
              ipv4(orEmpty(spec.getClusterIPs()), spec.getClusterIP()),
              externalIps(service),
              port.getPort(),
              port.getNodePort() == null ? 0 : port.getNodePort(),
              endpoints(slices, port, localInside),
              endpoints(slices, port, localOutside),
              localOutside,
              affinity(service)));
    }
    return frontends;
  }

  /// Ports of the node that a pod has asked for itself.
  List<Frontend> of(Pod pod) {
    String ip = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
    if (ip == null
        || ip.isEmpty()
        || Boolean.TRUE.equals(pod.getSpec().getHostNetwork())
        || "Succeeded".equals(pod.getStatus().getPhase())
        || "Failed".equals(pod.getStatus().getPhase())) {
      return List.of();
    }
    return Stream.concat(
            pod.getSpec().getContainers().stream(),
            orEmpty(pod.getSpec().getInitContainers()).stream())
        .flatMap(container -> orEmpty(container.getPorts()).stream())
        .filter(port -> port.getHostPort() != null && port.getHostPort() > 0)
        .map(port -> hostPort(pod, port, ip))
        .toList();
  }

  private static Frontend hostPort(Pod pod, ContainerPort port, String podIp) {
    var endpoint = List.of(new Frontend.Endpoint(podIp, port.getContainerPort()));
    String hostIp = port.getHostIP();
    boolean everyAddress = hostIp == null || hostIp.isEmpty() || hostIp.equals("0.0.0.0");
    return new Frontend(
        "%s/%s@%d/%s"
            .formatted(
                pod.getMetadata().getNamespace(),
                pod.getMetadata().getUid(),
                port.getHostPort(),
                port.getProtocol()),
        protocol(port.getProtocol()),
        List.of(),
        List.of(everyAddress ? LOOPBACK : Objects.requireNonNull(hostIp)),
        port.getHostPort(),
        everyAddress ? port.getHostPort() : 0,
        endpoint,
        endpoint,
        true,
        Optional.empty());
  }

  private static List<String> externalIps(Service service) {
    List<String> ips = new ArrayList<>(orEmpty(service.getSpec().getExternalIPs()));
    if (service.getStatus() != null && service.getStatus().getLoadBalancer() != null) {
      orEmpty(service.getStatus().getLoadBalancer().getIngress()).stream()
          .filter(ingress -> ingress.getIp() != null && !"Proxy".equals(ingress.getIpMode()))
          .forEach(ingress -> ips.add(ingress.getIp()));
    }
    return ips.stream().filter(Frontends::isIpv4).distinct().toList();
  }

  private static Optional<Duration> affinity(Service service) {
    if (!"ClientIP".equals(service.getSpec().getSessionAffinity())) {
      return Optional.empty();
    }
    var config = service.getSpec().getSessionAffinityConfig();
    Integer seconds =
        config == null || config.getClientIP() == null
            ? null
            : config.getClientIP().getTimeoutSeconds();
    return Optional.of(Duration.ofSeconds(seconds == null ? DEFAULT_AFFINITY_SECONDS : seconds));
  }

  /// Ready pods; when there are none, those that still serve while they terminate.
  private List<Frontend.Endpoint> endpoints(
      Collection<EndpointSlice> slices, ServicePort port, boolean onlyLocal) {
    List<Frontend.Endpoint> ready = collect(slices, port, onlyLocal, Frontends::isReady);
    return ready.isEmpty()
        ? collect(slices, port, onlyLocal, Frontends::servesWhileTerminating)
        : ready;
  }

  private List<Frontend.Endpoint> collect(
      Collection<EndpointSlice> slices,
      ServicePort port,
      boolean onlyLocal,
      Predicate<EndpointConditions> wanted) {
    return slices.stream()
        .filter(slice -> "IPv4".equals(slice.getAddressType()))
        .flatMap(
            slice ->
                orEmpty(slice.getPorts()).stream()
                    .filter(candidate -> serves(candidate, port))
                    .flatMap(
                        candidate ->
                            orEmpty(slice.getEndpoints()).stream()
                                .filter(
                                    endpoint ->
                                        !onlyLocal || nodeName.equals(endpoint.getNodeName()))
                                .filter(endpoint -> wanted.test(conditions(endpoint)))
                                .flatMap(endpoint -> orEmpty(endpoint.getAddresses()).stream())
                                .filter(Frontends::isIpv4)
                                .map(ip -> new Frontend.Endpoint(ip, candidate.getPort()))))
        .distinct()
        .sorted(
            Comparator.comparing(Frontend.Endpoint::ip).thenComparingInt(Frontend.Endpoint::port))
        .toList();
  }

  private static boolean serves(EndpointPort candidate, ServicePort port) {
    return candidate.getPort() != null
        && blankIfNull(candidate.getName()).equals(blankIfNull(port.getName()))
        && protocol(candidate.getProtocol()).equals(protocol(port.getProtocol()));
  }

  private static EndpointConditions conditions(Endpoint endpoint) {
    return endpoint.getConditions() == null ? new EndpointConditions() : endpoint.getConditions();
  }

  private static boolean isReady(EndpointConditions conditions) {
    return !Boolean.FALSE.equals(conditions.getReady());
  }

  private static boolean servesWhileTerminating(EndpointConditions conditions) {
    return !Boolean.FALSE.equals(conditions.getServing())
        && Boolean.TRUE.equals(conditions.getTerminating());
  }

  private static List<String> ipv4(List<String> many, String one) {
    return (many.isEmpty() ? List.of(one) : many).stream().filter(Frontends::isIpv4).toList();
  }

  private static boolean isIpv4(String address) {
    return address.indexOf(':') < 0;
  }

  private static String protocol(@Nullable String protocol) {
    return protocol == null ? "tcp" : protocol.toLowerCase(Locale.ROOT);
  }

  private static String blankIfNull(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
