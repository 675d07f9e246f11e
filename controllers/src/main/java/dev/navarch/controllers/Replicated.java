package dev.navarch.controllers;

import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.ReplicationControllerConditionBuilder;
import io.fabric8.kubernetes.api.model.ReplicationControllerSpec;
import io.fabric8.kubernetes.api.model.ReplicationControllerStatus;
import io.fabric8.kubernetes.api.model.ReplicationControllerStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatusBuilder;
import java.util.function.BiFunction;
import java.util.function.Function;

/// A kind that wants a number of identical pods, seen as a ReplicaSet: what ReplicationControllers
/// want is the same, said a little differently.
///
/// @param component the name that events are told under
/// @param countsTerminating whether its status tells how many of its pods are going
/// @param asSet the object as a ReplicaSet
/// @param withStatus a copy of the object that has the status of that ReplicaSet
record Replicated<T extends HasMetadata>(
    Resource<T> resource,
    String component,
    boolean countsTerminating,
    Function<T, ReplicaSet> asSet,
    BiFunction<T, ReplicaSetStatus, T> withStatus) {
  static final Replicated<ReplicaSet> SETS =
      new Replicated<>(
          Resource.of(ReplicaSet.class),
          "replicaset-controller",
          true,
          set -> set,
          (set, status) -> {
            ReplicaSet changed = Objects.copy(set);
            changed.setStatus(status);
            return changed;
          });

  static final Replicated<ReplicationController> CONTROLLERS =
      new Replicated<>(
          Resource.of(ReplicationController.class),
          "replication-controller",
          false,
          Replicated::set,
          (controller, status) -> {
            ReplicationController changed = Objects.copy(controller);
            changed.setStatus(status(status));
            return changed;
          });

  private static ReplicaSet set(ReplicationController of) {
    ReplicationControllerSpec spec = of.getSpec();
    return new ReplicaSetBuilder()
        .withMetadata(of.getMetadata())
        .withNewSpec()
        .withReplicas(spec.getReplicas())
        .withMinReadySeconds(spec.getMinReadySeconds())
        .withSelector(new LabelSelectorBuilder().withMatchLabels(spec.getSelector()).build())
        .withTemplate(spec.getTemplate())
        .endSpec()
        .withStatus(of.getStatus() == null ? null : status(of.getStatus()))
        .build();
  }

  private static ReplicaSetStatus status(ReplicationControllerStatus status) {
    return new ReplicaSetStatusBuilder()
        .withReplicas(status.getReplicas())
        .withFullyLabeledReplicas(status.getFullyLabeledReplicas())
        .withReadyReplicas(status.getReadyReplicas())
        .withAvailableReplicas(status.getAvailableReplicas())
        .withObservedGeneration(status.getObservedGeneration())
        .withConditions(
            status.getConditions().stream()
                .map(
                    condition ->
                        new ReplicaSetConditionBuilder()
                            .withType(condition.getType())
                            .withStatus(condition.getStatus())
                            .withReason(condition.getReason())
                            .withMessage(condition.getMessage())
                            .withLastTransitionTime(condition.getLastTransitionTime())
                            .build())
                .toList())
        .build();
  }

  private static ReplicationControllerStatus status(ReplicaSetStatus status) {
    return new ReplicationControllerStatusBuilder()
        .withReplicas(status.getReplicas())
        .withFullyLabeledReplicas(status.getFullyLabeledReplicas())
        .withReadyReplicas(status.getReadyReplicas())
        .withAvailableReplicas(status.getAvailableReplicas())
        .withObservedGeneration(status.getObservedGeneration())
        .withConditions(
            status.getConditions().stream()
                .map(
                    condition ->
                        new ReplicationControllerConditionBuilder()
                            .withType(condition.getType())
                            .withStatus(condition.getStatus())
                            .withReason(condition.getReason())
                            .withMessage(condition.getMessage())
                            .withLastTransitionTime(condition.getLastTransitionTime())
                            .build())
                .toList())
        .build();
  }
}
