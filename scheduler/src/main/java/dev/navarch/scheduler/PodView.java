package dev.navarch.scheduler;

import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Tolerations;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A pod as the scheduler sees it, worked out once.
///
/// @param requests what it asks of its node, one of `pods` included
/// @param load what it counts for when nodes are compared: containers that state nothing count too
/// @param hostPorts `ADDRESS/PROTOCOL/PORT` of the node that it wants for itself
/// @param controller the uid of what it is one of many of; empty for a pod of its own
public record PodView(
    Pod pod, Amounts requests, Amounts load, Set<String> hostPorts, String controller) {
  private static final String ANY_ADDRESS = "0.0.0.0";
  private static final Amounts ONE_POD = new Amounts(Map.of(Amounts.PODS, 1L));

  /// So that pods without requests spread.
  private static final Amounts UNSTATED =
      new Amounts(Map.of(Amounts.CPU, 100L, Amounts.MEMORY, 200L << 20));

  public static PodView of(Pod pod) {
    return new PodView(
        pod,
        Amounts.requestedBy(pod, Amounts.NONE).plus(ONE_POD),
        Amounts.requestedBy(pod, UNSTATED),
        hostPortsOf(pod),
        OwnerReferences.controllerOf(pod).map(OwnerReference::getUid).orElse(""));
  }

  public String namespace() {
    return pod.getMetadata().getNamespace();
  }

  public String name() {
    return pod.getMetadata().getName();
  }

  public String uid() {
    return pod.getMetadata().getUid();
  }

  public String fullName() {
    return namespace() + "/" + name();
  }

  public int priority() {
    return pod.getSpec().getPriority() == null ? 0 : pod.getSpec().getPriority();
  }

  public Map<String, String> labels() {
    return pod.getMetadata().getLabels() == null ? Map.of() : pod.getMetadata().getLabels();
  }

  public Map<String, String> nodeSelector() {
    return pod.getSpec().getNodeSelector() == null ? Map.of() : pod.getSpec().getNodeSelector();
  }

  public Optional<Affinity> affinity() {
    return Optional.ofNullable(pod.getSpec().getAffinity());
  }

  public List<TopologySpreadConstraint> spreadConstraints() {
    return pod.getSpec().getTopologySpreadConstraints() == null
        ? List.of()
        : pod.getSpec().getTopologySpreadConstraints();
  }

  /// Whether it may make others leave to get a node.
  public boolean preempts() {
    return !"Never".equals(pod.getSpec().getPreemptionPolicy());
  }

  public boolean isTerminating() {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }

  public boolean tolerates(Taint taint) {
    List<Toleration> tolerations = pod.getSpec().getTolerations();
    return tolerations != null
        && tolerations.stream().anyMatch(toleration -> Tolerations.tolerates(toleration, taint));
  }

  /// Whether two sets of host ports want the same port of the same address.
  public static boolean clash(Set<String> one, Set<String> other) {
    return one.stream().anyMatch(a -> other.stream().anyMatch(b -> clash(a, b)));
  }

  private static boolean clash(String a, String b) {
    int atA = a.indexOf('/');
    int atB = b.indexOf('/');
    String addressA = a.substring(0, atA);
    String addressB = b.substring(0, atB);
    return a.substring(atA).equals(b.substring(atB))
        && (addressA.equals(addressB)
            || addressA.equals(ANY_ADDRESS)
            || addressB.equals(ANY_ADDRESS));
  }

  private static Set<String> hostPortsOf(Pod pod) {
    Set<String> ports = new TreeSet<>();
    List<Container> servers = new ArrayList<>(pod.getSpec().getContainers());
    pod.getSpec().getInitContainers().stream()
        .filter(init -> "Always".equals(init.getRestartPolicy()))
        .forEach(servers::add);
    for (Container container : servers) {
      if (container.getPorts() == null) {
        continue;
      }
      for (ContainerPort port : container.getPorts()) {
        if (port.getHostPort() != null && port.getHostPort() > 0) {
          String address = orEmpty(port.getHostIP());
          ports.add(
              "%s/%s/%d"
                  .formatted(
                      address.isEmpty() ? ANY_ADDRESS : address,
                      port.getProtocol() == null ? "TCP" : port.getProtocol(),
                      port.getHostPort()));
        }
      }
    }
    return Set.copyOf(ports);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
