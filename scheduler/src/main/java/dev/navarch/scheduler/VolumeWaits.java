package dev.navarch.scheduler;

import dev.navarch.client.Key;
import dev.navarch.client.StorageClasses;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Pods that have their node, and wait for the volumes that are bound or made for them there.
final class VolumeWaits {
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Map<String, Wait> waits = new LinkedHashMap<>();

  /// @param chosen claims that were seen with this node written to them
  private record Wait(PodView pod, String node, Set<Key> claims, Set<Key> chosen, Instant until) {}

  /// What has come of a wait.
  sealed interface Outcome {
    PodView pod();

    record Bound(PodView pod, String node) implements Outcome {}

    record Failed(PodView pod, String why) implements Outcome {}
  }

  void add(PodView pod, String node, VolumePlan plan, Instant now) {
    Set<Key> claims = new HashSet<>();
    plan.claims().map(Key::of).forEach(claims::add);
    waits.put(pod.uid(), new Wait(pod, node, claims, new HashSet<>(), now.plus(PATIENCE)));
  }

  /// The pod was deleted, or somebody else bound it.
  void forget(String podUid, StorageView storage) {
    Wait gone = waits.remove(podUid);
    if (gone != null) {
      gone.claims().forEach(storage::release);
    }
  }

  Optional<Instant> nextDeadline() {
    return waits.values().stream().map(Wait::until).min(Instant::compareTo);
  }

  /// Those whose waiting is over, one way or the other.
  List<Outcome> over(StorageView storage, Instant now) {
    List<Outcome> over = new ArrayList<>();
    for (Wait wait : List.copyOf(waits.values())) {
      outcome(wait, storage, now)
          .ifPresent(
              outcome -> {
                forget(wait.pod().uid(), storage);
                over.add(outcome);
              });
    }
    return over;
  }

  private static Optional<Outcome> outcome(Wait wait, StorageView storage, Instant now) {
    boolean all = true;
    for (Key key : wait.claims()) {
      Optional<PersistentVolumeClaim> found = storage.claim(key.namespace(), key.name());
      if (found.isEmpty()) {
        return failed(wait, "persistentvolumeclaim \"%s\" not found".formatted(key.name()));
      }
      if (isBound(found.get())) {
        continue;
      }
      all = false;
      boolean chosen = wait.node().equals(selectedNode(found.get()));
      if (chosen) {
        wait.chosen().add(key);
      } else if (wait.chosen().contains(key)) {
        return failed(wait, "provisioning failed for PVC \"%s\"".formatted(key.name()));
      }
    }
    if (all) {
      return Optional.of(new Outcome.Bound(wait.pod(), wait.node()));
    }
    return now.isBefore(wait.until())
        ? Optional.empty()
        : failed(wait, "binding volumes: context deadline exceeded");
  }

  private static Optional<Outcome> failed(Wait wait, String why) {
    return Optional.of(
        new Outcome.Failed(wait.pod(), "running PreBind plugin \"VolumeBinding\": " + why));
  }

  private static boolean isBound(PersistentVolumeClaim claim) {
    return claim.getStatus() != null && "Bound".equals(claim.getStatus().getPhase());
  }

  private static String selectedNode(PersistentVolumeClaim claim) {
    Map<String, String> annotations = claim.getMetadata().getAnnotations();
    return annotations == null ? "" : annotations.getOrDefault(StorageClasses.SELECTED_NODE, "");
  }
}
