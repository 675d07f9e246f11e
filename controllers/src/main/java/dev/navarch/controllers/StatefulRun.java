package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.RollingUpdateStatefulSetStrategy;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A stateful set with its pods as one reconcile sees them.
///
/// @param current the revision that pods had before the present rollout, and have until it reaches
///   them
/// @param update the revision of the present template
/// @param pods by their numbers
record StatefulRun(
    StatefulSet set,
    ControllerRevision current,
    ControllerRevision update,
    TreeMap<Integer, Pod> pods,
    Instant now) {

  int start() {
    return set.getSpec().getOrdinals() == null
        ? 0
        : Numbers.orZero(set.getSpec().getOrdinals().getStart());
  }

  int replicas() {
    return set.getSpec().getReplicas() == null ? 1 : set.getSpec().getReplicas();
  }

  int end() {
    return start() + replicas();
  }

  boolean isWanted(int ordinal) {
    return start() <= ordinal && ordinal < end();
  }

  /// Pods that have a place no more, the highest first.
  Stream<Map.Entry<Integer, Pod>> condemned() {
    return pods.descendingMap().entrySet().stream().filter(one -> !isWanted(one.getKey()));
  }

  boolean isOrdered() {
    return !"Parallel".equals(set.getSpec().getPodManagementPolicy());
  }

  boolean isRolling() {
    return !"OnDelete".equals(set.getSpec().getUpdateStrategy().getType());
  }

  /// The lowest number that an update reaches.
  int partition() {
    RollingUpdateStatefulSetStrategy rolling = rolling();
    return start() + (rolling == null ? 0 : Numbers.orZero(rolling.getPartition()));
  }

  int maxUnavailable() {
    RollingUpdateStatefulSetStrategy rolling = rolling();
    IntOrString most = rolling == null ? null : rolling.getMaxUnavailable();
    return most == null ? 1 : Math.max(1, Numbers.resolve(most, replicas(), true));
  }

  /// The revision that a new pod of this number gets.
  ControllerRevision revisionFor(int ordinal) {
    return isRolling() && ordinal < partition() ? current : update;
  }

  Duration minReady() {
    return Duration.ofSeconds(Numbers.orZero(set.getSpec().getMinReadySeconds()));
  }

  boolean isReady(Pod pod) {
    return Pods.phase(pod).equals("Running") && Pods.isReady(pod);
  }

  boolean isAvailable(Pod pod) {
    return isReady(pod) && Pods.isAvailable(pod, minReady(), now);
  }

  /// Ready, and going to stay.
  boolean isHealthy(Pod pod) {
    return isReady(pod) && !Pods.isDeleting(pod);
  }

  boolean isPresent(Pod pod) {
    return StatefulPods.revision(pod).equals(update.getMetadata().getName());
  }

  private @Nullable RollingUpdateStatefulSetStrategy rolling() {
    return isRolling() ? set.getSpec().getUpdateStrategy().getRollingUpdate() : null;
  }
}
