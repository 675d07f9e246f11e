package dev.navarch.controllers;

import dev.navarch.controllers.Rollout.Scale;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The next step from old pods to new ones: grow the new set as far as the surge allows, then
/// shrink old sets as far as enough pods stay available.
final class RollingUpdate {
  private RollingUpdate() {}

  /// What to scale now; empty while pods have to come or go first, and at the end.
  static List<Scale> next(Rollout rollout, ReplicaSet current) {
    return grow(rollout, current).map(List::of).orElseGet(() -> shrink(rollout, current));
  }

  private static Optional<Scale> grow(Rollout rollout, ReplicaSet current) {
    int now = Rollout.size(current);
    int next = now > rollout.wanted() ? rollout.wanted() : rollout.sizeOfCurrent();
    return now == next ? Optional.empty() : Optional.of(new Scale(current, next));
  }

  private static List<Scale> shrink(Rollout rollout, ReplicaSet current) {
    List<ReplicaSet> old = rollout.oldActive();
    int minAvailable = rollout.wanted() - rollout.maxUnavailable();
    int currentUnavailable = Rollout.size(current) - Rollout.available(current);
    int surplus = Rollout.sum(rollout.all(), Rollout::size) - minAvailable - currentUnavailable;
    int[] sizes = old.stream().mapToInt(Rollout::size).toArray();
    if (surplus > 0) {
      dropBroken(old, sizes, surplus);
      dropWorking(sizes, Rollout.sum(rollout.all(), Rollout::available) - minAvailable);
    }
    List<Scale> scales = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] != Rollout.size(old.get(i))) {
        scales.add(new Scale(old.get(i), sizes[i]));
      }
    }
    return scales;
  }

  /// Pods that do not serve go first: nobody misses them, and they may never come up.
  private static void dropBroken(List<ReplicaSet> old, int[] sizes, int surplus) {
    int left = surplus;
    for (int i = 0; i < sizes.length; i++) {
      int dropped = Math.min(left, Math.max(0, sizes[i] - Rollout.available(old.get(i))));
      sizes[i] -= dropped;
      left -= dropped;
    }
  }

  private static void dropWorking(int[] sizes, int surplus) {
    int left = Math.max(0, surplus);
    for (int i = 0; i < sizes.length; i++) {
      int dropped = Math.min(left, sizes[i]);
      sizes[i] -= dropped;
      left -= dropped;
    }
  }
}
