package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.RollingUpdateDeployment;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A deployment with its replica sets as one reconcile sees them, and the arithmetic of how many
/// pods there may and must be meanwhile.
///
/// @param current the set of the deployment's present template; null when it is yet to be made
/// @param old the sets of earlier templates, oldest first
record Rollout(Deployment deployment, @Nullable ReplicaSet current, List<ReplicaSet> old) {
  static final Comparator<ReplicaSet> OLDEST_FIRST =
      Comparator.<ReplicaSet, Instant>comparing(Pods::created)
          .thenComparing(set -> set.getMetadata().getName());

  /// A set that is to have another size.
  record Scale(ReplicaSet set, int replicas) {}

  Rollout {
    old = old.stream().sorted(OLDEST_FIRST).toList();
  }

  List<ReplicaSet> all() {
    return Stream.concat(old.stream(), Stream.ofNullable(current)).toList();
  }

  List<ReplicaSet> active() {
    return all().stream().filter(set -> size(set) > 0).toList();
  }

  List<ReplicaSet> oldActive() {
    return old.stream().filter(set -> size(set) > 0).toList();
  }

  int wanted() {
    return Numbers.orZero(deployment.getSpec().getReplicas());
  }

  boolean isRolling() {
    return !"Recreate".equals(deployment.getSpec().getStrategy().getType());
  }

  boolean isPaused() {
    return Boolean.TRUE.equals(deployment.getSpec().getPaused());
  }

  /// How many pods there may be beyond what is wanted.
  int maxSurge() {
    RollingUpdateDeployment rolling = rolling();
    return rolling == null ? 0 : Numbers.resolve(rolling.getMaxSurge(), wanted(), true);
  }

  /// How many of the wanted pods may be missing. At least one when there may be no surplus either:
  /// otherwise nothing could ever move.
  int maxUnavailable() {
    RollingUpdateDeployment rolling = rolling();
    if (rolling == null || wanted() == 0) {
      return 0;
    }
    int resolved = Numbers.resolve(rolling.getMaxUnavailable(), wanted(), false);
    return Math.min(wanted(), resolved == 0 && maxSurge() == 0 ? 1 : resolved);
  }

  /// The most pods that may exist at any time.
  int ceiling() {
    return wanted() + maxSurge();
  }

  /// How large the current set may be now.
  int sizeOfCurrent() {
    int now = current == null ? 0 : size(current);
    if (!isRolling()) {
      return wanted();
    }
    int room = ceiling() - sum(all(), Rollout::size);
    return room <= 0 ? now : now + Math.min(room, wanted() - now);
  }

  static int size(ReplicaSet set) {
    return Numbers.orZero(set.getSpec().getReplicas());
  }

  static int running(ReplicaSet set) {
    return set.getStatus() == null ? 0 : Numbers.orZero(set.getStatus().getReplicas());
  }

  static int ready(ReplicaSet set) {
    return set.getStatus() == null ? 0 : Numbers.orZero(set.getStatus().getReadyReplicas());
  }

  static int available(ReplicaSet set) {
    return set.getStatus() == null ? 0 : Numbers.orZero(set.getStatus().getAvailableReplicas());
  }

  static int sum(List<ReplicaSet> sets, ToIntFunction<ReplicaSet> count) {
    return sets.stream().mapToInt(count).sum();
  }

  private @Nullable RollingUpdateDeployment rolling() {
    return isRolling() ? deployment.getSpec().getStrategy().getRollingUpdate() : null;
  }
}
