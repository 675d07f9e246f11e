package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/// A port that a pod has on its node's own addresses.
record HostPort(String address, String protocol, int port) {
  private static final Set<String> EVERYWHERE = Set.of("", "0.0.0.0", "::");

  /// Whether a pod wants a port that another one has.
  static boolean clash(Pod pod, Collection<Pod> others) {
    List<HostPort> wanted = of(pod).toList();
    return !wanted.isEmpty()
        && others.stream()
            .filter(other -> !Objects.equals(uid(other), uid(pod)))
            .flatMap(HostPort::of)
            .anyMatch(taken -> wanted.stream().anyMatch(taken::clashes));
  }

  private boolean clashes(HostPort other) {
    return port == other.port
        && protocol.equals(other.protocol)
        && (address.equals(other.address)
            || EVERYWHERE.contains(address)
            || EVERYWHERE.contains(other.address));
  }

  private static Stream<HostPort> of(Pod pod) {
    return Stream.concat(
            pod.getSpec().getContainers().stream(),
            pod.getSpec().getInitContainers().stream().filter(Containers::isSidecar))
        .map(Container::getPorts)
        .flatMap(List::stream)
        .filter(port -> port.getHostPort() != null && port.getHostPort() > 0)
        .map(HostPort::of);
  }

  private static HostPort of(ContainerPort port) {
    return new HostPort(
        Objects.requireNonNullElse(port.getHostIP(), ""),
        Objects.requireNonNullElse(port.getProtocol(), "TCP"),
        port.getHostPort());
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }
}
