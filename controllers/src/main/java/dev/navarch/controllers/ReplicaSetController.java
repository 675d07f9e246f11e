package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Parallel;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Keeps a stated number of identical pods alive: creates what is missing, deletes what is surplus,
/// cheapest to lose first.
final class ReplicaSetController implements Reconciler<ReplicaSet> {
  private static final int BURST = 500;
  private static final Resource<ReplicaSet> SETS = Resource.of(ReplicaSet.class);
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  private final Lister<ReplicaSet> sets;
  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final Claims<ReplicaSet, Pod> claims;
  private final EventRecorder events;
  private final InstantSource clock;

  private ReplicaSetController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.sets = on.lister(SETS);
    this.pods = on.lister(PODS);
    this.cluster = cluster;
    this.claims = new Claims<>(cluster, SETS, PODS, pods);
    this.events = events.as("replicaset-controller");
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var reconciler = new ReplicaSetController(on, cluster, events, clock);
    return Controller.of(SETS, reconciler)
        .owns(Pod.class)
        .watches(Pod.class, reconciler::adopters)
        .workers(5);
  }

  @Override
  public Result reconcile(ReplicaSet set) {
    List<Pod> active = claims.settle(set, set.getSpec().getSelector(), Pods::isActive);
    RuntimeException failure = null;
    if (!Pods.isDeleting(set)) {
      failure = tryToMatch(set, active);
    }
    Optional<Duration> next = updateStatus(set, active, failure);
    if (failure != null) {
      throw failure;
    }
    if (Math.abs(wanted(set) - active.size()) > BURST) {
      return Result.again();
    }
    return next.map(Result::after).orElseGet(Result::done);
  }

  private @Nullable RuntimeException tryToMatch(ReplicaSet set, List<Pod> active) {
    int missing = wanted(set) - active.size();
    try {
      if (missing > 0) {
        Parallel.slowStart(Collections.nCopies(Math.min(missing, BURST), set), this::createPod);
      } else if (missing < 0) {
        Parallel.together(surplus(set, active, Math.min(-missing, BURST)), pod -> delete(set, pod));
      }
      return null;
    } catch (ApiException e) {
      return Created.isGoingAway(e) ? null : e;
    }
  }

  private void createPod(ReplicaSet set) {
    try {
      Pod pod = cluster.create(PODS, Pods.from(set.getSpec().getTemplate(), set));
      events.normal(set, "SuccessfulCreate", "Created pod: " + pod.getMetadata().getName());
    } catch (ApiException e) {
      if (!Created.isGoingAway(e)) {
        events.warning(set, "FailedCreate", "Error creating: " + e.getMessage());
      }
      throw e;
    }
  }

  private void delete(ReplicaSet set, Pod pod) {
    try {
      cluster.delete(pod);
      events.normal(set, "SuccessfulDelete", "Deleted pod: " + pod.getMetadata().getName());
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        events.warning(set, "FailedDelete", "Error deleting: " + e.getMessage());
        throw e;
      }
    }
  }

  private List<Pod> surplus(ReplicaSet set, List<Pod> active, int count) {
    List<Pod> related = siblings(set).flatMap(pods::controlledBy).filter(Pods::isActive).toList();
    return active.stream()
        .sorted(PodRanking.cheapestToLose(related, clock.instant()))
        .limit(count)
        .toList();
  }

  /// The sets of the same deployment, this one too.
  private Stream<ReplicaSet> siblings(ReplicaSet set) {
    return OwnerReferences.controllerOf(set)
        .map(
            owner ->
                sets.in(set.getMetadata().getNamespace())
                    .filter(
                        other ->
                            OwnerReferences.controllerOf(other)
                                .filter(its -> its.getUid().equals(owner.getUid()))
                                .isPresent()))
        .orElseGet(() -> Stream.of(set));
  }

  /// @return when the next pod becomes available by the mere passing of time
  private Optional<Duration> updateStatus(
      ReplicaSet set, List<Pod> active, @Nullable RuntimeException failure) {
    Instant now = clock.instant();
    ReplicaSetStatus status =
        ReplicaSetStatuses.of(
            set, active, pods.controlledBy(set).filter(Pods::isTerminating).count(), now, failure);
    if (!status.equals(set.getStatus())) {
      ReplicaSet changed = Objects.copy(set);
      changed.setStatus(status);
      cluster.updateStatus(changed);
    }
    Duration minReady = ReplicaSetStatuses.minReady(set);
    return active.stream()
        .flatMap(pod -> Pods.readySince(pod).stream())
        .map(since -> Duration.between(now, since.plus(minReady)))
        .filter(Duration::isPositive)
        .min(Duration::compareTo);
  }

  private Stream<Key> adopters(Pod pod) {
    if (OwnerReferences.controllerOf(pod).isPresent()) {
      return Stream.empty();
    }
    return sets.in(pod.getMetadata().getNamespace())
        .filter(set -> LabelSelectors.matches(set.getSpec().getSelector(), pod))
        .map(Key::of);
  }

  private static int wanted(ReplicaSet set) {
    return Numbers.orZero(set.getSpec().getReplicas());
  }
}
