package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetCondition;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a deployment says of itself: counts over its sets, whether enough pods are available, and
/// whether its rollout moves, is done, or has stuck.
final class DeploymentStatuses {
  static final String PROGRESSING = "Progressing";
  private static final String AVAILABLE = "Available";
  private static final String FAILURE = "ReplicaFailure";
  private static final String DONE = "NewReplicaSetAvailable";
  private static final String LATE = "ProgressDeadlineExceeded";
  private static final int NO_DEADLINE = Integer.MAX_VALUE;

  private DeploymentStatuses() {}

  /// Counts and availability alone, as for a deployment that is paused or being scaled.
  static DeploymentStatus counted(Rollout rollout, Instant now) {
    List<ReplicaSet> all = rollout.all();
    ReplicaSet current = rollout.current();
    DeploymentStatus before = status(rollout.deployment());
    int available = Rollout.sum(all, Rollout::available);
    int replicas = Rollout.sum(all, Rollout::running);
    DeploymentStatus status =
        new DeploymentStatusBuilder()
            .withObservedGeneration(rollout.deployment().getMetadata().getGeneration())
            .withReplicas(Numbers.nullIfZero(replicas))
            .withUpdatedReplicas(Numbers.nullIfZero(current == null ? 0 : Rollout.running(current)))
            .withReadyReplicas(Numbers.nullIfZero(Rollout.sum(all, Rollout::ready)))
            .withAvailableReplicas(Numbers.nullIfZero(available))
            .withUnavailableReplicas(Numbers.nullIfZero(unavailable(rollout, available)))
            .withTerminatingReplicas(Rollout.sum(all, DeploymentStatuses::terminating))
            .withCollisionCount(before.getCollisionCount())
            .withConditions(before.getConditions())
            .build();
    return available >= rollout.wanted() - rollout.maxUnavailable()
        ? with(
            status,
            condition(
                AVAILABLE,
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.",
                now))
        : with(
            status,
            condition(
                AVAILABLE,
                "False",
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.",
                now));
  }

  /// Counts, and how the rollout goes.
  static DeploymentStatus progressed(Rollout rollout, Instant now) {
    Deployment deployment = rollout.deployment();
    DeploymentStatus status = counted(rollout, now);
    Optional<DeploymentCondition> progress = find(status, PROGRESSING);
    boolean wasDone =
        Numbers.orZero(status.getReplicas()) == Numbers.orZero(status.getUpdatedReplicas())
            && progress.filter(one -> DONE.equals(one.getReason())).isPresent();
    if (deadline(deployment).isEmpty()) {
      status = without(status, PROGRESSING);
    } else if (!wasDone) {
      ReplicaSet current = rollout.current();
      String who =
          current == null
              ? "Deployment \"%s\"".formatted(deployment.getMetadata().getName())
              : "ReplicaSet \"%s\"".formatted(current.getMetadata().getName());
      if (isComplete(rollout, status)) {
        status =
            with(
                status,
                condition(PROGRESSING, "True", DONE, who + " has successfully progressed.", now));
      } else if (moved(status(deployment), status)) {
        DeploymentCondition moving =
            condition(PROGRESSING, "True", "ReplicaSetUpdated", who + " is progressing.", now);
        progress
            .filter(one -> "True".equals(one.getStatus()))
            .ifPresent(one -> moving.setLastTransitionTime(one.getLastTransitionTime()));
        status = with(without(status, PROGRESSING), moving);
      } else if (isLate(deployment, progress, now)) {
        status =
            with(
                status,
                condition(PROGRESSING, "False", LATE, who + " has timed out progressing.", now));
      }
    }
    return withFailure(rollout, status, now);
  }

  /// Whether all pods are new, available, and as many as wanted.
  static boolean isComplete(Rollout rollout, DeploymentStatus status) {
    int wanted = rollout.wanted();
    return Numbers.orZero(status.getUpdatedReplicas()) == wanted
        && Numbers.orZero(status.getReplicas()) == wanted
        && Numbers.orZero(status.getAvailableReplicas()) == wanted
        && Numbers.orZero(status.getObservedGeneration())
            >= Numbers.orZero(rollout.deployment().getMetadata().getGeneration());
  }

  /// When to look again for a rollout that has stuck.
  static Optional<Duration> untilLate(Rollout rollout, DeploymentStatus status, Instant now) {
    return find(status, PROGRESSING)
        .filter(one -> !isComplete(rollout, status) && !LATE.equals(one.getReason()))
        .flatMap(
            one ->
                deadline(rollout.deployment())
                    .map(limit -> Pods.instant(one.getLastUpdateTime()).plus(limit)))
        .map(late -> Duration.between(now, late))
        .map(left -> left.plusSeconds(1))
        .filter(Duration::isPositive);
  }

  /// The status with a condition added or changed. Same status and reason: nothing changes.
  static DeploymentStatus with(DeploymentStatus status, DeploymentCondition fresh) {
    Optional<DeploymentCondition> before = find(status, fresh.getType());
    if (before
        .filter(
            one ->
                one.getStatus().equals(fresh.getStatus())
                    && one.getReason().equals(fresh.getReason()))
        .isPresent()) {
      return status;
    }
    before
        .filter(one -> one.getStatus().equals(fresh.getStatus()))
        .ifPresent(one -> fresh.setLastTransitionTime(one.getLastTransitionTime()));
    DeploymentStatus others = without(status, fresh.getType());
    return new DeploymentStatusBuilder(others)
        .withConditions(Stream.concat(others.getConditions().stream(), Stream.of(fresh)).toList())
        .build();
  }

  static DeploymentCondition condition(
      String type, String status, String reason, String message, Instant now) {
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    return new DeploymentConditionBuilder()
        .withType(type)
        .withStatus(status)
        .withReason(reason)
        .withMessage(message)
        .withLastUpdateTime(time)
        .withLastTransitionTime(time)
        .build();
  }

  static Optional<DeploymentCondition> find(DeploymentStatus status, String type) {
    return status.getConditions().stream().filter(one -> type.equals(one.getType())).findFirst();
  }

  static DeploymentStatus status(Deployment deployment) {
    return deployment.getStatus() == null ? new DeploymentStatus() : deployment.getStatus();
  }

  /// How long a rollout may stand still; empty for as long as it likes.
  static Optional<Duration> deadline(Deployment deployment) {
    Integer seconds = deployment.getSpec().getProgressDeadlineSeconds();
    return seconds == null || seconds == NO_DEADLINE
        ? Optional.empty()
        : Optional.of(Duration.ofSeconds(seconds));
  }

  static boolean isLate(DeploymentCondition progress) {
    return LATE.equals(progress.getReason());
  }

  private static boolean isLate(
      Deployment deployment, Optional<DeploymentCondition> progress, Instant now) {
    return progress
        .filter(
            one ->
                isLate(one)
                    || deadline(deployment)
                        .map(limit -> Pods.instant(one.getLastUpdateTime()).plus(limit))
                        .filter(late -> late.isBefore(now))
                        .isPresent())
        .isPresent();
  }

  private static boolean moved(DeploymentStatus before, DeploymentStatus now) {
    return Numbers.orZero(now.getUpdatedReplicas()) > Numbers.orZero(before.getUpdatedReplicas())
        || outdated(now) < outdated(before)
        || Numbers.orZero(now.getReadyReplicas()) > Numbers.orZero(before.getReadyReplicas())
        || Numbers.orZero(now.getAvailableReplicas())
            > Numbers.orZero(before.getAvailableReplicas());
  }

  private static int outdated(DeploymentStatus status) {
    return Numbers.orZero(status.getReplicas()) - Numbers.orZero(status.getUpdatedReplicas());
  }

  private static int unavailable(Rollout rollout, int available) {
    return Math.max(0, Rollout.sum(rollout.all(), Rollout::size) - available);
  }

  private static int terminating(ReplicaSet set) {
    return set.getStatus() == null ? 0 : Numbers.orZero(set.getStatus().getTerminatingReplicas());
  }

  private static DeploymentStatus without(DeploymentStatus status, String type) {
    return new DeploymentStatusBuilder(status)
        .withConditions(
            status.getConditions().stream().filter(one -> !type.equals(one.getType())).toList())
        .build();
  }

  private static DeploymentStatus withFailure(
      Rollout rollout, DeploymentStatus status, Instant now) {
    Optional<ReplicaSetCondition> failure =
        Stream.concat(Stream.ofNullable(rollout.current()), rollout.old().stream())
            .flatMap(set -> ReplicaSetStatuses.failure(set).stream())
            .findFirst();
    return failure
        .map(
            one ->
                with(
                    status,
                    condition(FAILURE, one.getStatus(), one.getReason(), one.getMessage(), now)))
        .orElseGet(() -> without(status, FAILURE));
  }
}
