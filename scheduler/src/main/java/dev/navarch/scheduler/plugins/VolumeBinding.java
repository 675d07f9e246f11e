package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Lets a pod wait until the claims that it names are bound, and keeps it to nodes that reach their
/// volumes. Claims are bound before pods are placed, never because of it.
public record VolumeBinding() implements FilterPlugin {
  private static final Verdict OUT_OF_REACH =
      new Verdict.Unfit("node(s) didn't match PersistentVolume's node affinity");
  private static final Verdict NO_VOLUME =
      new Verdict.Unfit(
          "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)");

  /// @param ephemeral whether the claim is made for the pod, and not by its user
  private record Claimed(String name, boolean ephemeral) {}

  @Override
  public String name() {
    return "VolumeBinding";
  }

  @Override
  public Optional<String> refusal(PodView pod, Snapshot snapshot) {
    return claimed(pod)
        .flatMap(claimed -> refusal(claimed, snapshot.claim(pod.namespace(), claimed.name())))
        .findFirst();
  }

  @Override
  public Filter prepare(PodView pod, Snapshot snapshot) {
    List<Optional<PersistentVolume>> volumes =
        claimed(pod)
            .map(claimed -> snapshot.claim(pod.namespace(), claimed.name()).orElseThrow())
            .map(claim -> snapshot.volume(claim.getSpec().getVolumeName()))
            .toList();
    if (volumes.stream().anyMatch(Optional::isEmpty)) {
      return node -> NO_VOLUME;
    }
    return node ->
        volumes.stream().allMatch(volume -> reaches(node, volume.orElseThrow()))
            ? Verdict.FITS
            : OUT_OF_REACH;
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.VOLUME_CHANGED, ClusterEvent.NODE_LABELS_CHANGED);
  }

  private static Stream<String> refusal(Claimed claimed, Optional<PersistentVolumeClaim> found) {
    if (found.isEmpty()) {
      return Stream.of(
          claimed.ephemeral()
              ? "waiting for ephemeral volume controller to create the persistentvolumeclaim \"%s\""
                  .formatted(claimed.name())
              : "persistentvolumeclaim \"%s\" not found".formatted(claimed.name()));
    }
    PersistentVolumeClaim claim = found.get();
    String phase = claim.getStatus() == null ? null : claim.getStatus().getPhase();
    if ("Lost".equals(phase)) {
      return Stream.of(
          "persistentvolumeclaim \"%s\" bound to non-existent persistentvolume \"%s\""
              .formatted(claimed.name(), claim.getSpec().getVolumeName()));
    }
    if (claim.getMetadata().getDeletionTimestamp() != null) {
      return Stream.of("persistentvolumeclaim \"%s\" is being deleted".formatted(claimed.name()));
    }
    return "Bound".equals(phase)
        ? Stream.empty()
        : Stream.of("pod has unbound immediate PersistentVolumeClaims");
  }

  private static boolean reaches(NodeView node, PersistentVolume volume) {
    var affinity = volume.getSpec().getNodeAffinity();
    return affinity == null
        || affinity.getRequired() == null
        || NodeAffinity.admits(affinity.getRequired(), node);
  }

  private static Stream<Claimed> claimed(PodView pod) {
    return pod.pod().getSpec().getVolumes().stream()
        .map(volume -> claimed(pod, volume))
        .flatMap(Optional::stream);
  }

  private static Optional<Claimed> claimed(PodView pod, Volume volume) {
    if (volume.getEphemeral() != null) {
      return Optional.of(new Claimed(pod.name() + "-" + volume.getName(), true));
    }
    return Optional.ofNullable(volume.getPersistentVolumeClaim())
        .map(source -> Objects.requireNonNull(source.getClaimName()))
        .map(name -> new Claimed(name, false));
  }
}
