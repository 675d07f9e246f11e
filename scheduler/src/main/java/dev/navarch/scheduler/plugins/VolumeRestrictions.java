package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Keeps a claim that one pod alone may use (`ReadWriteOncePod`) to one pod.
public record VolumeRestrictions() implements FilterPlugin {
  private static final Verdict TAKEN =
      new Verdict.Crowded(
          "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access"
              + " mode");

  @Override
  public String name() {
    return "VolumeRestrictions";
  }

  @Override
  public Filter prepare(PodView pod, Snapshot snapshot) {
    Set<String> alone =
        claims(pod)
            .filter(
                name ->
                    snapshot
                        .storage()
                        .claim(pod.namespace(), name)
                        .filter(
                            claim -> claim.getSpec().getAccessModes().contains("ReadWriteOncePod"))
                        .isPresent())
            .collect(Collectors.toSet());
    if (alone.isEmpty()) {
      return node -> Verdict.FITS;
    }
    boolean taken =
        snapshot.nodes().stream()
            .flatMap(node -> node.pods().stream())
            .filter(other -> other.namespace().equals(pod.namespace()))
            .anyMatch(other -> claims(other).anyMatch(alone::contains));
    return node -> taken ? TAKEN : Verdict.FITS;
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.POD_REMOVED, ClusterEvent.VOLUME_CHANGED);
  }

  private static Stream<String> claims(PodView pod) {
    return pod.pod().getSpec().getVolumes().stream()
        .flatMap(volume -> Optional.ofNullable(volume.getPersistentVolumeClaim()).stream())
        .map(source -> source.getClaimName());
  }
}
