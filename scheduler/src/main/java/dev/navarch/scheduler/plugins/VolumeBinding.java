package dev.navarch.scheduler.plugins;

import dev.navarch.client.Key;
import dev.navarch.client.StorageClasses;
import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.StorageView;
import dev.navarch.scheduler.Verdict;
import dev.navarch.scheduler.VolumePlan;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Keeps a pod to nodes that reach its volumes. Claims of most classes are bound before their pods
/// are placed; those of classes that wait for the first consumer must find a volume, or somebody
/// who makes one, where the pod is to run.
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
    return claimed(pod).flatMap(claimed -> refusal(pod, claimed, snapshot.storage())).findFirst();
  }

  @Override
  public Filter prepare(PodView pod, Snapshot snapshot) {
    StorageView storage = snapshot.storage();
    List<Optional<PersistentVolume>> volumes =
        claims(pod, storage)
            .filter(VolumeBinding::isBound)
            .map(claim -> storage.volume(claim.getSpec().getVolumeName()))
            .toList();
    if (volumes.stream().anyMatch(Optional::isEmpty)) {
      return node -> NO_VOLUME;
    }
    List<PersistentVolumeClaim> waiting = waiting(pod, storage);
    return node -> {
      if (!volumes.stream().allMatch(volume -> reaches(node, volume.orElseThrow()))) {
        return OUT_OF_REACH;
      }
      if (waiting.isEmpty()) {
        return Verdict.FITS;
      }
      return switch (DelayedBinding.plan(waiting, node, storage)) {
        case DelayedBinding.Answer.Possible _ -> Verdict.FITS;
        case DelayedBinding.Answer.Impossible(String why) -> new Verdict.Unfit(why);
      };
    };
  }

  /// What is to be done for the pod's claims, now that it has this node.
  public static VolumePlan plan(PodView pod, NodeView node, StorageView storage) {
    List<PersistentVolumeClaim> waiting = waiting(pod, storage);
    return waiting.isEmpty()
            || !(DelayedBinding.plan(waiting, node, storage)
                instanceof DelayedBinding.Answer.Possible(VolumePlan plan))
        ? VolumePlan.NONE
        : plan;
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.VOLUME_CHANGED, ClusterEvent.NODE_LABELS_CHANGED);
  }

  private static List<PersistentVolumeClaim> waiting(PodView pod, StorageView storage) {
    List<PersistentVolumeClaim> waiting = new ArrayList<>();
    claims(pod, storage).filter(claim -> !isBound(claim)).forEach(waiting::add);
    return waiting;
  }

  private static Stream<PersistentVolumeClaim> claims(PodView pod, StorageView storage) {
    return claimed(pod)
        .flatMap(claimed -> storage.claim(pod.namespace(), claimed.name()).stream())
        .collect(Collectors.toMap(Key::of, claim -> claim, (one, same) -> one, LinkedHashMap::new))
        .values()
        .stream();
  }

  private static Stream<String> refusal(PodView pod, Claimed claimed, StorageView storage) {
    Optional<PersistentVolumeClaim> found = storage.claim(pod.namespace(), claimed.name());
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
    return isBound(claim) || waitsForConsumer(claim, storage)
        ? Stream.empty()
        : Stream.of("pod has unbound immediate PersistentVolumeClaims");
  }

  private static boolean isBound(PersistentVolumeClaim claim) {
    return claim.getStatus() != null && "Bound".equals(claim.getStatus().getPhase());
  }

  private static boolean waitsForConsumer(PersistentVolumeClaim claim, StorageView storage) {
    Optional<StorageClass> storageClass = storage.storageClass(StorageClasses.of(claim));
    String volume = claim.getSpec().getVolumeName();
    return (volume == null || volume.isEmpty())
        && storageClass.filter(StorageClasses::waitsForConsumer).isPresent();
  }

  static boolean reaches(NodeView node, PersistentVolume volume) {
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

  static Optional<String> claimName(PodView pod, Volume volume) {
    return claimed(pod, volume).map(Claimed::name);
  }

  private static Optional<Claimed> claimed(PodView pod, Volume volume) {
    if (volume.getEphemeral() != null) {
      return Optional.of(new Claimed(pod.name() + "-" + volume.getName(), true));
    }
    return Optional.ofNullable(volume.getPersistentVolumeClaim())
        .map(source -> new Claimed(source.getClaimName(), false));
  }
}
