package dev.navarch.node.volumes;

import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.Volume;

/// The name of a volume's type, as it stands in the pod: `nfs`, `persistentVolumeClaim`…
final class VolumeTypes {
  private VolumeTypes() {}

  static String of(Volume volume) {
    return Objects.tree(volume).propertyNames().stream()
        .filter(name -> !name.equals("name"))
        .findFirst()
        .orElse("none");
  }
}
