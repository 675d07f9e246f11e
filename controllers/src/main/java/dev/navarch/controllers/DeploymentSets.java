package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a deployment does to its replica sets: finds the present one or makes it, numbers them,
/// scales them, and throws away those that nobody will go back to.
record DeploymentSets(Cluster cluster, EventRecorder events, InstantSource clock) {
  private static final Resource<Deployment> DEPLOYMENTS = Resource.of(Deployment.class);

  /// The present set is the oldest of those with the present template.
  Rollout rollout(Deployment deployment, List<ReplicaSet> all) {
    @Nullable ReplicaSet current =
        all.stream()
            .sorted(Rollout.OLDEST_FIRST)
            .filter(set -> Revisions.sameTemplate(deployment.getSpec().getTemplate(), set))
            .findFirst()
            .orElse(null);
    return new Rollout(
        deployment, current, all.stream().filter(set -> !set.equals(current)).toList());
  }

  /// Numbers the present set, if there is one. A rollback makes an old set the present one, which
  /// then gets the newest number.
  Rollout reviseOnly(Rollout rollout) {
    ReplicaSet current = rollout.current();
    return current == null ? rollout : revise(rollout, current);
  }

  /// Makes the present set if it is missing. Without one in the answer, its name was taken: it gets
  /// another one next time.
  Rollout withCurrent(Rollout rollout) {
    ReplicaSet current = rollout.current();
    return current == null ? make(rollout) : revise(rollout, current);
  }

  void scale(Rollout rollout, Rollout.Scale scale) {
    ReplicaSet set = scale.set();
    Map<String, String> annotations = Revisions.withSizes(Pods.annotations(set), rollout);
    int before = Rollout.size(set);
    if (before == scale.replicas() && annotations.equals(Pods.annotations(set))) {
      return;
    }
    ReplicaSet changed = Objects.copy(set);
    changed.getSpec().setReplicas(scale.replicas());
    changed.getMetadata().setAnnotations(annotations);
    cluster.update(changed);
    if (before != scale.replicas()) {
      scaled(rollout, set, before, scale.replicas());
    }
  }

  /// Deletes empty old sets beyond the history that is to be kept, oldest revision first.
  void cleanUp(Rollout rollout) {
    Integer limit = rollout.deployment().getSpec().getRevisionHistoryLimit();
    if (limit == null || limit == Integer.MAX_VALUE) {
      return;
    }
    List<ReplicaSet> alive = rollout.old().stream().filter(set -> !Pods.isDeleting(set)).toList();
    alive.stream()
        .sorted(Comparator.comparingLong(Revisions::of))
        .limit(Math.max(0, alive.size() - limit))
        .filter(DeploymentSets::isUnused)
        .forEach(cluster::delete);
  }

  /// The rollout with a condition added to its deployment, to be written with the next status.
  Rollout noted(Rollout rollout, DeploymentCondition condition) {
    Deployment changed = Objects.copy(rollout.deployment());
    changed.setStatus(DeploymentStatuses.with(DeploymentStatuses.status(changed), condition));
    return new Rollout(changed, rollout.current(), rollout.old());
  }

  private Rollout revise(Rollout rollout, ReplicaSet current) {
    ReplicaSet set = current;
    long revision = Revisions.next(rollout.old());
    Map<String, String> annotations =
        Revisions.inherited(Pods.annotations(current), rollout, revision);
    Integer minReady = rollout.deployment().getSpec().getMinReadySeconds();
    boolean sameMinReady =
        Numbers.orZero(minReady) == Numbers.orZero(current.getSpec().getMinReadySeconds());
    if (!annotations.equals(Pods.annotations(current)) || !sameMinReady) {
      ReplicaSet changed = Objects.copy(current);
      changed.getMetadata().setAnnotations(annotations);
      changed.getSpec().setMinReadySeconds(minReady);
      set = cluster.update(changed);
    }
    Rollout numbered = new Rollout(numbered(rollout.deployment(), set), set, rollout.old());
    return progress(
        numbered, "FoundNewReplicaSet", "Found new replica set \"%s\"".formatted(name(set)), false);
  }

  private Rollout make(Rollout rollout) {
    Deployment deployment = rollout.deployment();
    ReplicaSet wanted = blank(rollout);
    try {
      ReplicaSet set = cluster.create(wanted);
      if (Rollout.size(set) > 0) {
        scaled(rollout, set, 0, Rollout.size(set));
      }
      return progress(
          new Rollout(numbered(deployment, set), set, rollout.old()),
          "NewReplicaSetCreated",
          "Created new replica set \"%s\"".formatted(name(set)),
          true);
    } catch (ApiException e) {
      if (e.isAlreadyExists()) {
        return taken(rollout, wanted);
      }
      String message =
          "Failed to create new replica set \"%s\": %s".formatted(name(wanted), e.getMessage());
      events.warning(deployment, "ReplicaSetCreateError", message);
      if (DeploymentStatuses.deadline(deployment).isPresent()) {
        var failed =
            DeploymentStatuses.condition(
                DeploymentStatuses.PROGRESSING,
                "False",
                "ReplicaSetCreateError",
                message,
                clock.instant());
        cluster.updateStatus(noted(rollout, failed).deployment());
      }
      throw e;
    }
  }

  /// The name belongs to this very set, which the cache did not show yet, or to another template.
  private Rollout taken(Rollout rollout, ReplicaSet wanted) {
    Deployment deployment = rollout.deployment();
    ReplicaSet there = cluster.get(Resource.of(ReplicaSet.class), Key.of(wanted));
    if (OwnerReferences.isControlledBy(there, deployment)
        && Revisions.sameTemplate(deployment.getSpec().getTemplate(), there)) {
      return new Rollout(deployment, there, rollout.old());
    }
    DeploymentStatus status = DeploymentStatuses.status(deployment);
    Deployment changed = Objects.copy(deployment);
    changed.setStatus(
        new DeploymentStatusBuilder(status)
            .withCollisionCount(Numbers.orZero(status.getCollisionCount()) + 1)
            .build());
    return new Rollout(cluster.updateStatus(changed), null, rollout.old());
  }

  private static ReplicaSet blank(Rollout rollout) {
    Deployment deployment = rollout.deployment();
    PodTemplateSpec template = deployment.getSpec().getTemplate();
    int collisions = Numbers.orZero(DeploymentStatuses.status(deployment).getCollisionCount());
    String hash = Revisions.hash(template, collisions);
    Map<String, String> labels =
        template.getMetadata() == null || template.getMetadata().getLabels() == null
            ? new HashMap<>()
            : new HashMap<>(template.getMetadata().getLabels());
    labels.put(Revisions.HASH, hash);
    LabelSelector selector =
        new LabelSelectorBuilder(deployment.getSpec().getSelector())
            .addToMatchLabels(Revisions.HASH, hash)
            .build();
    return new ReplicaSetBuilder()
        .withNewMetadata()
        .withNamespace(deployment.getMetadata().getNamespace())
        .withName(deployment.getMetadata().getName() + "-" + hash)
        .withLabels(labels)
        .withAnnotations(
            Revisions.withSizes(
                Revisions.inherited(Map.of(), rollout, Revisions.next(rollout.old())), rollout))
        .withOwnerReferences(OwnerReferences.to(deployment))
        .endMetadata()
        .withNewSpec()
        .withReplicas(rollout.sizeOfCurrent())
        .withMinReadySeconds(deployment.getSpec().getMinReadySeconds())
        .withSelector(selector)
        .withTemplate(
            new PodTemplateSpecBuilder(template)
                .editOrNewMetadata()
                .withLabels(labels)
                .endMetadata()
                .build())
        .endSpec()
        .build();
  }

  /// The deployment with the number of its present set.
  private Deployment numbered(Deployment deployment, ReplicaSet set) {
    String revision = Pods.annotations(set).get(Revisions.REVISION);
    if (revision == null || revision.equals(Pods.annotations(deployment).get(Revisions.REVISION))) {
      return deployment;
    }
    var patch = Objects.emptyDocument();
    patch.putObject("metadata").putObject("annotations").put(Revisions.REVISION, revision);
    return cluster.patch(
        DEPLOYMENTS,
        Key.of(deployment),
        new Cluster.Patch(Cluster.Patch.Type.MERGE, Objects.write(patch)),
        "");
  }

  private Rollout progress(Rollout rollout, String reason, String message, boolean always) {
    Deployment deployment = rollout.deployment();
    boolean known =
        DeploymentStatuses.find(
                DeploymentStatuses.status(deployment), DeploymentStatuses.PROGRESSING)
            .isPresent();
    if (DeploymentStatuses.deadline(deployment).isEmpty() || (known && !always)) {
      return rollout;
    }
    return noted(
        rollout,
        DeploymentStatuses.condition(
            DeploymentStatuses.PROGRESSING, "True", reason, message, clock.instant()));
  }

  private void scaled(Rollout rollout, ReplicaSet set, int from, int to) {
    events.normal(
        rollout.deployment(),
        "ScalingReplicaSet",
        "Scaled %s replica set %s from %d to %d"
            .formatted(to > from ? "up" : "down", name(set), from, to));
  }

  private static boolean isUnused(ReplicaSet set) {
    long seen =
        set.getStatus() == null ? 0 : Numbers.orZero(set.getStatus().getObservedGeneration());
    return Rollout.size(set) == 0
        && Rollout.running(set) == 0
        && Numbers.orZero(set.getMetadata().getGeneration()) <= seen;
  }

  private static String name(ReplicaSet set) {
    return set.getMetadata().getName();
  }
}
