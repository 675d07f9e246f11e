package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetCondition;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatusBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a replica set says of itself, counted from its pods.
final class ReplicaSetStatuses {
  private static final String FAILURE = "ReplicaFailure";

  private ReplicaSetStatuses() {}

  /// @param terminating null where they are not counted
  static ReplicaSetStatus of(
      ReplicaSet set,
      List<Pod> active,
      @Nullable Integer terminating,
      Instant now,
      @Nullable RuntimeException failure) {
    Map<String, String> template =
        Optional.ofNullable(set.getSpec().getTemplate().getMetadata())
            .map(meta -> meta.getLabels())
            .orElse(Map.of());
    long labeled =
        active.stream()
            .filter(pod -> Pods.labels(pod).entrySet().containsAll(template.entrySet()))
            .count();
    long available =
        active.stream().filter(pod -> Pods.isAvailable(pod, minReady(set), now)).count();
    return new ReplicaSetStatusBuilder()
        .withReplicas(active.size())
        .withFullyLabeledReplicas(Numbers.nullIfZero(labeled))
        .withReadyReplicas(Numbers.nullIfZero(active.stream().filter(Pods::isReady).count()))
        .withAvailableReplicas(Numbers.nullIfZero(available))
        .withTerminatingReplicas(terminating)
        .withObservedGeneration(set.getMetadata().getGeneration())
        .withConditions(conditions(set, active.size(), now, failure))
        .build();
  }

  static Duration minReady(ReplicaSet set) {
    return Duration.ofSeconds(Numbers.orZero(set.getSpec().getMinReadySeconds()));
  }

  /// The condition that says why pods cannot be made or deleted.
  static Optional<ReplicaSetCondition> failure(ReplicaSet set) {
    return conditions(set).stream().filter(one -> FAILURE.equals(one.getType())).findFirst();
  }

  private static List<ReplicaSetCondition> conditions(ReplicaSet set) {
    return set.getStatus() == null ? List.of() : set.getStatus().getConditions();
  }

  private static List<ReplicaSetCondition> conditions(
      ReplicaSet set, int active, Instant now, @Nullable RuntimeException failure) {
    List<ReplicaSetCondition> others =
        conditions(set).stream().filter(one -> !FAILURE.equals(one.getType())).toList();
    if (failure == null) {
      return others;
    }
    var condition =
        failure(set)
            .orElseGet(
                () ->
                    new ReplicaSetConditionBuilder()
                        .withType(FAILURE)
                        .withStatus("True")
                        .withReason(
                            active < Numbers.orZero(set.getSpec().getReplicas())
                                ? "FailedCreate"
                                : "FailedDelete")
                        .withMessage(failure.getMessage())
                        .withLastTransitionTime(now.truncatedTo(ChronoUnit.SECONDS).toString())
                        .build());
    return Stream.concat(others.stream(), Stream.of(condition)).toList();
  }
}
