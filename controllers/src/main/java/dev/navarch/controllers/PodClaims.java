package dev.navarch.controllers;

import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.Optional;
import java.util.stream.Stream;

/// The claims that a pod uses, its own ephemeral ones too.
final class PodClaims {
  private PodClaims() {}

  static Stream<String> names(Pod pod) {
    return pod.getSpec().getVolumes().stream().flatMap(volume -> name(pod, volume).stream());
  }

  static Stream<Key> keys(Pod pod) {
    return names(pod).map(name -> new Key(pod.getMetadata().getNamespace(), name));
  }

  static Optional<String> name(Pod pod, Volume volume) {
    if (volume.getEphemeral() != null) {
      return Optional.of(ephemeral(pod, volume));
    }
    return volume.getPersistentVolumeClaim() == null
        ? Optional.empty()
        : Optional.ofNullable(volume.getPersistentVolumeClaim().getClaimName());
  }

  static String ephemeral(Pod pod, Volume volume) {
    return pod.getMetadata().getName() + "-" + volume.getName();
  }
}
