package dev.navarch.node.volumes;

import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.PersistentVolumeSpec;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.Set;

/// The name of a volume's type, as it stands in the pod: `nfs`, `persistentVolumeClaim`…
final class VolumeTypes {
  private static final Set<String> NOT_TYPES = Set.of("capacity", "claimRef", "nodeAffinity");

  private VolumeTypes() {}

  static String of(Volume volume) {
    return Objects.tree(volume).propertyNames().stream()
        .filter(name -> !name.equals("name"))
        .findFirst()
        .orElse("none");
  }

  static String ofPersistent(PersistentVolumeSpec spec) {
    return Objects.tree(spec).properties().stream()
        .filter(field -> field.getValue().isObject() && !NOT_TYPES.contains(field.getKey()))
        .map(field -> field.getKey())
        .findFirst()
        .orElse("none");
  }
}
