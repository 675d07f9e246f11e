package dev.navarch.controllers;

import dev.navarch.controllers.Rollout.Scale;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What becomes of the sets when a deployment's size is changed, perhaps in the middle of a
/// rollout: each grows or shrinks by its share, and the rollout goes on from there.
final class ProportionalScaling {
  private ProportionalScaling() {}

  static List<Scale> next(Rollout rollout) {
    List<ReplicaSet> active = rollout.active();
    if (active.size() <= 1) {
      return only(rollout, active);
    }
    ReplicaSet current = rollout.current();
    if (current != null && isSaturated(rollout, current)) {
      return rollout.oldActive().stream().map(set -> new Scale(set, 0)).toList();
    }
    return rollout.isRolling() ? shares(rollout, active) : List.of();
  }

  private static List<Scale> only(Rollout rollout, List<ReplicaSet> active) {
    List<ReplicaSet> all = rollout.all();
    if (all.isEmpty()) {
      return List.of();
    }
    ReplicaSet current = rollout.current();
    ReplicaSet one =
        !active.isEmpty() ? active.getFirst() : current != null ? current : all.getLast();
    return Rollout.size(one) == rollout.wanted()
        ? List.of()
        : List.of(new Scale(one, rollout.wanted()));
  }

  private static boolean isSaturated(Rollout rollout, ReplicaSet current) {
    return Rollout.size(current) == rollout.wanted()
        && Revisions.desired(current).orElse(-1) == rollout.wanted()
        && Rollout.available(current) == rollout.wanted();
  }

  private static List<Scale> shares(Rollout rollout, List<ReplicaSet> active) {
    int allowed = rollout.wanted() > 0 ? rollout.ceiling() : 0;
    int change = allowed - Rollout.sum(active, Rollout::size);
    Comparator<ReplicaSet> largest = Comparator.comparing(Rollout::size, Comparator.reverseOrder());
    List<ReplicaSet> sorted =
        active.stream()
            .sorted(
                largest.thenComparing(
                    change > 0 ? Rollout.OLDEST_FIRST.reversed() : Rollout.OLDEST_FIRST))
            .toList();
    int[] sizes = new int[sorted.size()];
    int done = 0;
    for (int i = 0; i < sizes.length; i++) {
      int share = share(rollout, sorted.get(i), change, done);
      sizes[i] = Rollout.size(sorted.get(i)) + share;
      done += share;
    }
    sizes[0] = Math.max(0, sizes[0] + change - done);
    List<Scale> scales = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      scales.add(new Scale(sorted.get(i), sizes[i]));
    }
    return scales;
  }

  private static int share(Rollout rollout, ReplicaSet set, int change, int done) {
    int left = change - done;
    if (Rollout.size(set) == 0 || change == 0 || left == 0) {
      return 0;
    }
    int share = fraction(rollout, set);
    return change > 0 ? Math.min(share, left) : Math.max(share, left);
  }

  private static int fraction(Rollout rollout, ReplicaSet set) {
    if (rollout.wanted() == 0) {
      return -Rollout.size(set);
    }
    var status = rollout.deployment().getStatus();
    int before =
        Revisions.ceiling(set)
            .orElseGet(() -> status == null ? 0 : Numbers.orZero(status.getReplicas()));
    if (before == 0) {
      return 0;
    }
    double size = (double) Rollout.size(set) * rollout.ceiling() / before;
    return (int) Math.round(size) - Rollout.size(set);
  }
}
