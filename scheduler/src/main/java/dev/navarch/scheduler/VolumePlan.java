package dev.navarch.scheduler;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.List;
import java.util.stream.Stream;

/// What has to happen to a pod's claims before it can start on its node: some take a volume that is
/// there, for others one is made.
public record VolumePlan(List<Match> matches, List<PersistentVolumeClaim> toMake) {
  public static final VolumePlan NONE = new VolumePlan(List.of(), List.of());

  /// A claim and the volume that it will take.
  public record Match(PersistentVolumeClaim claim, PersistentVolume volume) {}

  public boolean isEmpty() {
    return matches.isEmpty() && toMake.isEmpty();
  }

  public Stream<PersistentVolumeClaim> claims() {
    return Stream.concat(matches.stream().map(Match::claim), toMake.stream());
  }
}
