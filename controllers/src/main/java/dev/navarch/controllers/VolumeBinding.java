package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import dev.navarch.client.VolumeMatching;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimStatus;
import io.fabric8.kubernetes.api.model.PersistentVolumeStatus;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Writes a claim and a volume into each other, in an order that can be broken off anywhere and
/// taken up again: volume, volume's phase, claim, claim's phase.
record VolumeBinding(Cluster cluster, InstantSource clock) {
  static final String BIND_COMPLETED = "pv.kubernetes.io/bind-completed";

  private static final String YES = "yes";

  void bind(PersistentVolume volume, PersistentVolumeClaim claim) {
    PersistentVolume reserved = setPhase(reserve(volume, claim), "Bound", null);
    PersistentVolumeClaim named = name(claim, reserved);
    if (!"Bound".equals(phase(named))) {
      updateStatus(
          named,
          status -> {
            status.setPhase("Bound");
            status.setAccessModes(reserved.getSpec().getAccessModes());
            status.setCapacity(new HashMap<>(reserved.getSpec().getCapacity()));
            status.setCurrentVolumeAttributesClassName(
                reserved.getSpec().getVolumeAttributesClassName());
          });
    }
  }

  private PersistentVolume reserve(PersistentVolume volume, PersistentVolumeClaim claim) {
    if (VolumeMatching.isBoundTo(volume, claim)) {
      return volume;
    }
    return cluster.update(VolumeMatching.reserved(volume, claim));
  }

  private PersistentVolumeClaim name(PersistentVolumeClaim claim, PersistentVolume volume) {
    String name = volume.getMetadata().getName();
    boolean named = name.equals(claim.getSpec().getVolumeName());
    if (named && has(claim, BIND_COMPLETED)) {
      return claim;
    }
    PersistentVolumeClaim changed = Objects.copy(claim);
    if (!named) {
      changed.getSpec().setVolumeName(name);
      annotate(changed, VolumeMatching.BOUND_BY_CONTROLLER);
    }
    annotate(changed, BIND_COMPLETED);
    return cluster.update(changed);
  }

  /// Makes a volume free for any claim again, or for the one that its maker reserved it for.
  PersistentVolume unbind(PersistentVolume volume) {
    PersistentVolume changed = Objects.copy(volume);
    if (has(volume, VolumeMatching.BOUND_BY_CONTROLLER)) {
      changed.getSpec().setClaimRef(null);
      changed.getMetadata().getAnnotations().remove(VolumeMatching.BOUND_BY_CONTROLLER);
    } else {
      changed.getSpec().getClaimRef().setUid(null);
      changed.getSpec().getClaimRef().setResourceVersion(null);
    }
    return setPhase(cluster.update(changed), "Available", null);
  }

  PersistentVolume setPhase(PersistentVolume volume, String phase, @Nullable String message) {
    if (phase.equals(VolumeMatching.phase(volume))) {
      return volume;
    }
    PersistentVolume changed = Objects.copy(volume);
    PersistentVolumeStatus status =
        changed.getStatus() == null ? new PersistentVolumeStatus() : changed.getStatus();
    status.setPhase(phase);
    status.setMessage(message);
    status.setLastPhaseTransitionTime(
        Instant.ofEpochSecond(clock.instant().getEpochSecond()).toString());
    changed.setStatus(status);
    return cluster.updateStatus(changed);
  }

  void setPhase(PersistentVolumeClaim claim, String phase) {
    if (!phase.equals(phase(claim))) {
      updateStatus(claim, status -> status.setPhase(phase));
    }
  }

  private void updateStatus(
      PersistentVolumeClaim claim, Consumer<PersistentVolumeClaimStatus> change) {
    PersistentVolumeClaim changed = Objects.copy(claim);
    PersistentVolumeClaimStatus status =
        changed.getStatus() == null ? new PersistentVolumeClaimStatus() : changed.getStatus();
    change.accept(status);
    changed.setStatus(status);
    cluster.updateStatus(changed);
  }

  static String phase(PersistentVolumeClaim claim) {
    return claim.getStatus() == null || claim.getStatus().getPhase() == null
        ? ""
        : claim.getStatus().getPhase();
  }

  static boolean has(HasMetadata object, String annotation) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations != null && annotations.containsKey(annotation);
  }

  private static void annotate(HasMetadata object, String annotation) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    Map<String, String> changed = annotations == null ? new HashMap<>() : annotations;
    changed.put(annotation, YES);
    object.getMetadata().setAnnotations(changed);
  }
}
