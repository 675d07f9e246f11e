package dev.navarch.node.server;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerState;
import dev.navarch.node.cri.v1.PodSandbox;
import dev.navarch.node.cri.v1.PodSandboxState;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Comparator;
import java.util.Optional;

/// Finds a pod's containers and sandbox in the runtime.
final class RuntimeView {
  private RuntimeView() {}

  /// The newest container of a name.
  static Optional<Container> newest(ContainerRuntime runtime, Pod pod, String name) {
    return runtime.containers(pod.getMetadata().getUid()).stream()
        .filter(container -> container.getMetadata().getName().equals(name))
        .max(Comparator.comparingLong(Container::getCreatedAt));
  }

  /// Its id, if it runs.
  static Optional<String> running(ContainerRuntime runtime, Pod pod, String name) {
    return newest(runtime, pod, name)
        .filter(container -> container.getState() == ContainerState.CONTAINER_RUNNING)
        .map(Container::getId);
  }

  static Optional<String> readySandbox(ContainerRuntime runtime, Pod pod) {
    return runtime.sandboxes(pod.getMetadata().getUid()).stream()
        .filter(sandbox -> sandbox.getState() == PodSandboxState.SANDBOX_READY)
        .findFirst()
        .map(PodSandbox::getId);
  }
}
