package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A pod with the resources that its node has granted it, where its spec asks for others by now.
final class Allocated {
  private Allocated() {}

  /// The pod as it is, with what another form of it has for the containers of the same names.
  static Pod like(Pod pod, Pod granted) {
    Map<String, Container> containers =
        Amounts.all(granted)
            .collect(Collectors.toMap(Container::getName, each -> each, (first, _) -> first));
    return with(
        pod,
        granted.getSpec().getResources(),
        container -> {
          Container before = containers.get(container.getName());
          return before == null ? container : having(container, before.getResources());
        });
  }

  /// What an agent before this one had granted, as long as a resize is pending.
  static Pod reported(Pod pod) {
    if (pod.getStatus() == null
        || pod.getStatus().getConditions().stream()
            .noneMatch(condition -> condition.getType().equals("PodResizePending"))) {
      return pod;
    }
    Map<String, ResourceRequirements> told =
        Stream.of(
                pod.getStatus().getContainerStatuses(), pod.getStatus().getInitContainerStatuses())
            .flatMap(List::stream)
            .filter(status -> status.getResources() != null)
            .collect(
                Collectors.toMap(
                    ContainerStatus::getName, ContainerStatus::getResources, (first, _) -> first));
    return with(
        pod,
        told(pod),
        container ->
            told.containsKey(container.getName())
                ? having(container, told.get(container.getName()))
                : container);
  }

  /// The pod with what an agent before this one says to have given it as a whole.
  static Pod applied(Pod pod) {
    return with(pod, told(pod), container -> container);
  }

  /// Of what the pod states as a whole, the amounts that its status tells.
  private static @Nullable ResourceRequirements told(Pod pod) {
    ResourceRequirements stated = pod.getSpec().getResources();
    ResourceRequirements told = pod.getStatus() == null ? null : pod.getStatus().getResources();
    if (stated == null || told == null) {
      return stated;
    }
    return stated
        .edit()
        .withRequests(of(Amounts.requests(stated), Amounts.requests(told)))
        .withLimits(of(Amounts.limits(stated), Amounts.limits(told)))
        .build();
  }

  private static Map<String, Quantity> of(
      Map<String, Quantity> stated, Map<String, Quantity> told) {
    Map<String, Quantity> all = new LinkedHashMap<>(stated);
    all.replaceAll((name, amount) -> told.getOrDefault(name, amount));
    return all;
  }

  private static Container having(Container container, @Nullable ResourceRequirements resources) {
    if (Objects.equals(container.getResources(), resources)) {
      return container;
    }
    return container.edit().withResources(resources).build();
  }

  private static Pod with(
      Pod pod, @Nullable ResourceRequirements whole, UnaryOperator<Container> change) {
    List<Container> inits = pod.getSpec().getInitContainers();
    List<Container> containers = pod.getSpec().getContainers();
    List<Container> newInits = inits.stream().map(change).toList();
    List<Container> newContainers = containers.stream().map(change).toList();
    if (inits.equals(newInits)
        && containers.equals(newContainers)
        && Objects.equals(pod.getSpec().getResources(), whole)) {
      return pod;
    }
    return new PodBuilder(pod)
        .editSpec()
        .withInitContainers(newInits)
        .withContainers(newContainers)
        .withResources(whole)
        .endSpec()
        .build();
  }
}
