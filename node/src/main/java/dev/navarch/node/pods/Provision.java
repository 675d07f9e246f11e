package dev.navarch.node.pods;

import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.LinuxContainerResources;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Set;

/// What of the machine containers have for themselves: processors, memory nodes, devices.
public interface Provision {
  /// A machine that gives nobody anything.
  Provision NONE =
      new Provision() {
        @Override
        public void assign(Pod pod) {}

        @Override
        public void release(String podUid) {}

        @Override
        public void retain(Set<String> podUids) {}

        @Override
        public void beforeStart(Pod pod, Container container) {}

        @Override
        public void addTo(Pod pod, Container container, ContainerConfig.Builder config) {}

        @Override
        public void hold(Pod pod, Container container, LinuxContainerResources.Builder resources) {}

        @Override
        public Map<String, Quantity> capacity() {
          return Map.of();
        }

        @Override
        public Map<String, Quantity> allocatable() {
          return Map.of();
        }
      };

  /// Takes what a pod's containers need, all of it or nothing.
  ///
  /// @throws dev.navarch.node.topology.Provider.NotAssigned when it is not there
  void assign(Pod pod);

  void release(String podUid);

  /// Takes back what others than these pods have.
  void retain(Set<String> podUids);

  /// Tells whoever wants to know that a container is about to be made.
  void beforeStart(Pod pod, Container container);

  /// Puts devices, and what belongs to them, into a container.
  void addTo(Pod pod, Container container, ContainerConfig.Builder config);

  /// Holds a container to its processors and memory nodes.
  void hold(Pod pod, Container container, LinuxContainerResources.Builder resources);

  /// The devices that a container has, by resource, each with its health: `Healthy`, `Unhealthy`,
  /// `Unknown`.
  default Map<String, Map<String, String>> health(Pod pod, Container container) {
    return Map.of();
  }

  default boolean hasDevices(Pod pod) {
    return pod.getSpec().getContainers().stream()
        .anyMatch(container -> !health(pod, container).isEmpty());
  }

  /// Extended resources that the machine has.
  Map<String, Quantity> capacity();

  /// Those of them that pods can have.
  Map<String, Quantity> allocatable();
}
