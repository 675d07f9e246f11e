package dev.navarch.node.volumes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.stream.Stream;

/// Whether a pod's containers use a volume as what it is: a filesystem by `volumeMounts`, a block
/// device by `volumeDevices`.
final class Uses {
  private Uses() {}

  static void require(Pod pod, String volume, boolean block) {
    boolean mounted =
        containers(pod)
            .flatMap(container -> container.getVolumeMounts().stream())
            .anyMatch(mount -> mount.getName().equals(volume));
    boolean mapped =
        containers(pod)
            .flatMap(container -> container.getVolumeDevices().stream())
            .anyMatch(device -> device.getName().equals(volume));
    if (block && mounted) {
      throw new VolumeException(
          "volume %s has volumeMode Block, but is specified in volumeMounts".formatted(volume));
    }
    if (!block && mapped) {
      throw new VolumeException(
          "volume %s has volumeMode Filesystem, but is specified in volumeDevices"
              .formatted(volume));
    }
  }

  private static Stream<Container> containers(Pod pod) {
    return Stream.of(pod.getSpec().getInitContainers(), pod.getSpec().getContainers())
        .flatMap(List::stream);
  }
}
