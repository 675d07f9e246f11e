package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import dev.navarch.controllers.Rollout.Scale;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/// Brings a deployment's pods to its present template, through one replica set for each template, a
/// few pods at a time, so that enough of them serve at every moment.
final class DeploymentController implements Reconciler<Deployment> {
  private static final Resource<Deployment> DEPLOYMENTS = Resource.of(Deployment.class);
  private static final Resource<ReplicaSet> SETS = Resource.of(ReplicaSet.class);

  private final Lister<Deployment> deployments;
  private final Lister<ReplicaSet> sets;
  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final Claims<Deployment, ReplicaSet> claims;
  private final DeploymentSets own;
  private final EventRecorder events;
  private final InstantSource clock;

  private DeploymentController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.deployments = on.lister(DEPLOYMENTS);
    this.sets = on.lister(SETS);
    this.pods = on.lister(Pod.class);
    this.cluster = cluster;
    this.claims = new Claims<>(cluster, DEPLOYMENTS, SETS, sets);
    this.events = events.as("deployment-controller");
    this.own = new DeploymentSets(cluster, this.events, clock);
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var reconciler = new DeploymentController(on, cluster, events, clock);
    return Controller.of(DEPLOYMENTS, reconciler)
        .owns(ReplicaSet.class)
        .watches(ReplicaSet.class, reconciler::adopters)
        .watchesChanges(Resource.of(Pod.class), reconciler::waitingForTheLastPod)
        .workers(5);
  }

  @Override
  public Result reconcile(Deployment deployment) {
    LabelSelector selector = deployment.getSpec().getSelector();
    if (LabelSelectors.isEmpty(selector)) {
      events.warning(
          deployment,
          "SelectingAll",
          "This deployment is selecting all pods. A non-empty selector is required.");
      return Result.done();
    }
    List<ReplicaSet> all = claims.settle(deployment, selector, set -> true);
    Rollout rollout = own.rollout(deployment, all);
    if (Pods.isDeleting(deployment)) {
      return report(rollout, DeploymentStatuses.counted(rollout, clock.instant()));
    }
    if (rollout.isPaused() || isBeingScaled(rollout)) {
      return scale(own.reviseOnly(pauseNoted(rollout)));
    }
    return rollout.isRolling() ? roll(rollout) : recreate(rollout);
  }

  private Result scale(Rollout rollout) {
    List<Scale> scales = ProportionalScaling.next(rollout);
    scales.forEach(scale -> own.scale(rollout, scale));
    if (rollout.isPaused()) {
      own.cleanUp(rollout);
    }
    return report(rollout, DeploymentStatuses.counted(rollout, clock.instant()));
  }

  private Result roll(Rollout seen) {
    Rollout rollout = own.withCurrent(pauseNoted(seen));
    ReplicaSet current = rollout.current();
    if (current == null) {
      return Result.again();
    }
    return step(rollout, RollingUpdate.next(rollout, current));
  }

  private Result recreate(Rollout seen) {
    Rollout rollout = own.reviseOnly(pauseNoted(seen));
    List<Scale> down = rollout.oldActive().stream().map(set -> new Scale(set, 0)).toList();
    if (!down.isEmpty() || hasOldPods(rollout)) {
      return step(rollout, down);
    }
    Rollout complete = own.withCurrent(rollout);
    ReplicaSet current = complete.current();
    if (current == null) {
      return Result.again();
    }
    return step(
        complete,
        Rollout.size(current) == complete.wanted()
            ? List.of()
            : List.of(new Scale(current, complete.wanted())));
  }

  /// Scales what is to be scaled now; with nothing left to scale, throws away old revisions.
  private Result step(Rollout rollout, List<Scale> scales) {
    scales.forEach(scale -> own.scale(rollout, scale));
    if (scales.isEmpty()
        && DeploymentStatuses.isComplete(
            rollout, DeploymentStatuses.status(rollout.deployment()))) {
      own.cleanUp(rollout);
    }
    return report(rollout, DeploymentStatuses.progressed(rollout, clock.instant()));
  }

  private Result report(Rollout rollout, DeploymentStatus status) {
    DeploymentStatus shown =
        deployments
            .find(Key.of(rollout.deployment()))
            .map(DeploymentStatuses::status)
            .orElseGet(DeploymentStatus::new);
    if (!status.equals(shown)) {
      Deployment changed = Objects.copy(rollout.deployment());
      changed.setStatus(status);
      cluster.updateStatus(changed);
    }
    return DeploymentStatuses.untilLate(rollout, status, clock.instant())
        .filter(wait -> !rollout.isPaused())
        .map(Result::after)
        .orElseGet(Result::done);
  }

  /// While it is paused, a rollout's standing still is not held against it.
  private Rollout pauseNoted(Rollout rollout) {
    Deployment deployment = rollout.deployment();
    DeploymentStatus status = DeploymentStatuses.status(deployment);
    var progress = DeploymentStatuses.find(status, DeploymentStatuses.PROGRESSING);
    if (DeploymentStatuses.deadline(deployment).isEmpty()
        || progress.filter(DeploymentStatuses::isLate).isPresent()) {
      return rollout;
    }
    boolean noted = progress.filter(one -> "DeploymentPaused".equals(one.getReason())).isPresent();
    if (noted == rollout.isPaused()) {
      return rollout;
    }
    Instant now = clock.instant();
    String reason = noted ? "DeploymentResumed" : "DeploymentPaused";
    String message = noted ? "Deployment is resumed" : "Deployment is paused";
    return own.noted(
        rollout,
        DeploymentStatuses.condition(
            DeploymentStatuses.PROGRESSING, "Unknown", reason, message, now));
  }

  private static boolean isBeingScaled(Rollout rollout) {
    return rollout.active().stream()
        .anyMatch(set -> Revisions.desired(set).filter(it -> it != rollout.wanted()).isPresent());
  }

  private boolean hasOldPods(Rollout rollout) {
    return rollout.old().stream()
        .anyMatch(
            set ->
                Rollout.running(set) > 0
                    || pods.controlledBy(set).anyMatch(pod -> !Pods.isFinished(pod)));
  }

  private Stream<Key> adopters(ReplicaSet set) {
    return Claims.adopters(set, deployments, one -> one.getSpec().getSelector());
  }

  /// A deployment that recreates its pods goes on when the last old one is gone.
  private Stream<Key> waitingForTheLastPod(Informers.Change<Pod> change) {
    Pod pod = change.either();
    if (change.now() != null && !Pods.isFinished(pod)) {
      return Stream.empty();
    }
    String namespace = pod.getMetadata().getNamespace();
    return OwnerReferences.controllerOf(pod).stream()
        .flatMap(owner -> sets.find(namespace, owner.getName()).stream())
        .flatMap(set -> OwnerReferences.controllerOf(set).stream())
        .map(owner -> new Key(namespace, owner.getName()))
        .filter(
            key ->
                deployments
                    .find(key)
                    .filter(one -> "Recreate".equals(one.getSpec().getStrategy().getType()))
                    .isPresent());
  }
}
