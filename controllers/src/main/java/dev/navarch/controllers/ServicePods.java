package dev.navarch.controllers;

import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which pods stand behind a service, and how each is reached: what both forms of endpoints are
/// made of.
final class ServicePods {
  static final String HEADLESS = "service.kubernetes.io/headless";

  private ServicePods() {}

  /// Whether the service's endpoints follow from its pods; otherwise somebody else makes them.
  static boolean hasEndpoints(Service service) {
    Map<String, String> selector = service.getSpec().getSelector();
    return selector != null
        && !selector.isEmpty()
        && !"ExternalName".equals(service.getSpec().getType());
  }

  static boolean selects(Service service, Pod pod) {
    return hasEndpoints(service)
        && Pods.labels(pod).entrySet().containsAll(service.getSpec().getSelector().entrySet());
  }

  /// Pods that the service selects, that have an address and are not finished.
  static Stream<Pod> of(Service service, Lister<Pod> pods) {
    return pods.in(service.getMetadata().getNamespace())
        .filter(pod -> selects(service, pod) && !Pods.isFinished(pod) && !ips(pod).isEmpty());
  }

  static Stream<Key> affected(Lister<Service> services, Pod pod) {
    return services
        .in(pod.getMetadata().getNamespace())
        .filter(service -> selects(service, pod))
        .map(Key::of);
  }

  static boolean publishesNotReady(Service service) {
    return Boolean.TRUE.equals(service.getSpec().getPublishNotReadyAddresses());
  }

  static boolean isHeadless(Service service) {
    return "None".equals(service.getSpec().getClusterIP());
  }

  /// `IPv4` and `IPv6`, the service's first choice first.
  static List<String> families(Service service) {
    List<String> families = service.getSpec().getIpFamilies();
    return families == null || families.isEmpty() ? List.of("IPv4") : families;
  }

  static List<String> addresses(Pod pod, String family) {
    return ips(pod).stream().filter(ip -> ip.contains(":") == family.equals("IPv6")).toList();
  }

  /// The number of the port on this pod: a name may lead to another number on each.
  static Optional<Integer> port(Pod pod, ServicePort port) {
    IntOrString target = port.getTargetPort();
    if (target == null) {
      return Optional.of(port.getPort());
    }
    return target.getStrVal() == null
        ? Optional.of(target.getIntVal())
        : listening(pod)
            .flatMap(container -> container.getPorts().stream())
            .filter(one -> target.getStrVal().equals(one.getName()))
            .filter(one -> protocol(one.getProtocol()).equals(protocol(port.getProtocol())))
            .map(one -> one.getContainerPort())
            .findFirst();
  }

  static String protocol(@Nullable String stated) {
    return stated == null ? "TCP" : stated;
  }

  /// The name that a pod asked for within this service.
  static Optional<String> hostname(Pod pod, Service service) {
    return Optional.ofNullable(pod.getSpec().getHostname())
        .filter(name -> !name.isEmpty())
        .filter(name -> service.getMetadata().getName().equals(pod.getSpec().getSubdomain()));
  }

  static ObjectReference reference(Pod pod) {
    return new ObjectReferenceBuilder()
        .withKind("Pod")
        .withNamespace(pod.getMetadata().getNamespace())
        .withName(pod.getMetadata().getName())
        .withUid(pod.getMetadata().getUid())
        .build();
  }

  /// The service's labels, and the one that marks what belongs to a headless service.
  static Map<String, String> labels(Service service) {
    Map<String, String> labels = new TreeMap<>(Pods.labels(service));
    labels.remove(HEADLESS);
    if (isHeadless(service)) {
      labels.put(HEADLESS, "");
    }
    return labels;
  }

  private static List<String> ips(Pod pod) {
    if (pod.getStatus() == null) {
      return List.of();
    }
    List<String> ips = pod.getStatus().getPodIPs().stream().map(PodIP::getIp).toList();
    return ips.isEmpty() && pod.getStatus().getPodIP() != null
        ? List.of(pod.getStatus().getPodIP())
        : ips;
  }

  /// Containers, and the init containers that stay beside them.
  private static Stream<Container> listening(Pod pod) {
    return Stream.concat(
        pod.getSpec().getContainers().stream(),
        pod.getSpec().getInitContainers().stream()
            .filter(one -> "Always".equals(one.getRestartPolicy())));
  }
}
