package dev.navarch.node.pods;

import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/// Questions about the containers that a pod states.
final class Containers {
  private Containers() {}

  /// An init container that keeps running beside the others.
  static boolean isSidecar(Container init) {
    return "Always".equals(init.getRestartPolicy());
  }

  /// Ephemeral containers as if they were ordinary ones: their fields are the same.
  static Stream<Container> ephemeral(Pod pod) {
    return pod.getSpec().getEphemeralContainers().stream()
        .map(container -> Objects.convert(Objects.tree(container), Container.class));
  }

  static Stream<Container> all(Pod pod) {
    return Stream.concat(Amounts.all(pod), ephemeral(pod));
  }

  static Optional<Container> named(Pod pod, String name) {
    return all(pod).filter(container -> container.getName().equals(name)).findFirst();
  }

  /// The container whose processes a debugging container wants to see.
  static Optional<String> target(Pod pod, String ephemeral) {
    return pod.getSpec().getEphemeralContainers().stream()
        .filter(container -> container.getName().equals(ephemeral))
        .map(EphemeralContainer::getTargetContainerName)
        .filter(name -> name != null && !name.isEmpty())
        .findFirst();
  }

  /// Changes when the container has to be made anew: its image is all that may change in place.
  static String hash(Container container) {
    var crc = new CRC32();
    crc.update(
        (container.getName() + "\n" + container.getImage()).getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }

  static boolean isDeleting(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }
}
