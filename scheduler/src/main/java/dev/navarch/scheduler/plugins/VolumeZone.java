package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.StorageView;
import dev.navarch.scheduler.Verdict;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Keeps a pod to the zone and region that its volumes' labels name, on nodes that have any.
public record VolumeZone() implements FilterPlugin {
  private static final Verdict ELSEWHERE =
      new Verdict.Unfit("node(s) had no available volume zone");
  private static final List<String> LABELS =
      List.of(
          "topology.kubernetes.io/zone",
          "topology.kubernetes.io/region",
          "failure-domain.beta.kubernetes.io/zone",
          "failure-domain.beta.kubernetes.io/region");

  @Override
  public String name() {
    return "VolumeZone";
  }

  @Override
  public Filter prepare(PodView pod, Snapshot snapshot) {
    List<Map.Entry<String, Set<String>>> places = places(pod, snapshot.storage()).toList();
    return places.isEmpty()
        ? node -> Verdict.FITS
        : node ->
            !hasAny(node)
                    || places.stream()
                        .allMatch(
                            place ->
                                place
                                    .getValue()
                                    .contains(node.labels().getOrDefault(place.getKey(), "")))
                ? Verdict.FITS
                : ELSEWHERE;
  }

  private static boolean hasAny(NodeView node) {
    return LABELS.stream().anyMatch(node.labels()::containsKey);
  }

  private static Stream<Map.Entry<String, Set<String>>> places(PodView pod, StorageView storage) {
    return pod.pod().getSpec().getVolumes().stream()
        .flatMap(volume -> VolumeBinding.claimName(pod, volume).stream())
        .flatMap(claim -> storage.claim(pod.namespace(), claim).stream())
        .flatMap(claim -> Optional.ofNullable(claim.getSpec().getVolumeName()).stream())
        .flatMap(name -> storage.volume(name).stream())
        .flatMap(VolumeZone::places);
  }

  /// A volume in several zones names them as `one__two`.
  private static Stream<Map.Entry<String, Set<String>>> places(PersistentVolume volume) {
    Map<String, String> labels = volume.getMetadata().getLabels();
    return labels == null
        ? Stream.empty()
        : LABELS.stream()
            .filter(labels::containsKey)
            .map(label -> Map.entry(label, Set.of(labels.getOrDefault(label, "").split("__"))));
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.VOLUME_CHANGED, ClusterEvent.NODE_LABELS_CHANGED);
  }
}
