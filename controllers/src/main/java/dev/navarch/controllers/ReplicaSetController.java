package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Parallel;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
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
/// cheapest to lose first. Serves every kind that can be seen as a ReplicaSet.
final class ReplicaSetController<T extends HasMetadata> implements Reconciler<T> {
  private static final int BURST = 500;
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  private final Replicated<T> kind;
  private final Lister<T> sets;
  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final Claims<T, Pod> claims;
  private final PodWrites writes;
  private final InstantSource clock;

  private ReplicaSetController(
      Replicated<T> kind,
      Informers on,
      Cluster cluster,
      EventRecorder events,
      InstantSource clock) {
    this.kind = kind;
    this.sets = on.lister(kind.resource());
    this.pods = on.lister(PODS);
    this.cluster = cluster;
    this.claims = new Claims<>(cluster, kind.resource(), PODS, pods);
    this.writes = new PodWrites(cluster, events.as(kind.component()));
    this.clock = clock;
  }

  static <T extends HasMetadata> Controller register(
      Replicated<T> kind,
      Informers on,
      Cluster cluster,
      EventRecorder events,
      InstantSource clock) {
    var reconciler = new ReplicaSetController<>(kind, on, cluster, events, clock);
    return Controller.of(kind.resource(), reconciler)
        .owns(Pod.class)
        .watches(Pod.class, reconciler::adopters)
        .workers(5);
  }

  @Override
  public Result reconcile(T object) {
    ReplicaSet set = kind.asSet().apply(object);
    List<Pod> active = claims.settle(object, set.getSpec().getSelector(), Pods::isActive);
    RuntimeException failure = null;
    if (!Pods.isDeleting(object)) {
      failure = tryToMatch(object, set, active);
    }
    Optional<Duration> next = updateStatus(object, set, active, failure);
    if (failure != null) {
      throw failure;
    }
    if (Math.abs(wanted(set) - active.size()) > BURST) {
      return Result.again();
    }
    return next.map(Result::after).orElseGet(Result::done);
  }

  private @Nullable RuntimeException tryToMatch(T object, ReplicaSet set, List<Pod> active) {
    int missing = wanted(set) - active.size();
    try {
      if (missing > 0) {
        PodTemplateSpec template = set.getSpec().getTemplate();
        Parallel.slowStart(
            Collections.nCopies(Math.min(missing, BURST), object),
            owner -> writes.create(owner, Pods.from(template, owner)));
      } else if (missing < 0) {
        Parallel.together(
            surplus(object, active, Math.min(-missing, BURST)), pod -> writes.delete(object, pod));
      }
      return null;
    } catch (ApiException e) {
      return Created.isGoingAway(e) ? null : e;
    }
  }

  private List<Pod> surplus(T set, List<Pod> active, int count) {
    List<Pod> related = siblings(set).flatMap(pods::controlledBy).filter(Pods::isActive).toList();
    return active.stream()
        .sorted(PodRanking.cheapestToLose(related, clock.instant()))
        .limit(count)
        .toList();
  }

  /// The sets of the same deployment, this one too.
  private Stream<T> siblings(T set) {
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
      T object, ReplicaSet set, List<Pod> active, @Nullable RuntimeException failure) {
    Instant now = clock.instant();
    ReplicaSetStatus status = ReplicaSetStatuses.of(set, active, terminating(object), now, failure);
    if (!status.equals(set.getStatus())) {
      cluster.updateStatus(kind.withStatus().apply(object, status));
    }
    Duration minReady = ReplicaSetStatuses.minReady(set);
    return active.stream()
        .flatMap(pod -> Pods.readySince(pod).stream())
        .map(since -> Duration.between(now, since.plus(minReady)))
        .filter(Duration::isPositive)
        .min(Duration::compareTo);
  }

  private @Nullable Integer terminating(T object) {
    return kind.countsTerminating()
        ? (int) pods.controlledBy(object).filter(Pods::isTerminating).count()
        : null;
  }

  private Stream<Key> adopters(Pod pod) {
    return Claims.adopters(pod, sets, set -> kind.asSet().apply(set).getSpec().getSelector());
  }

  private static int wanted(ReplicaSet set) {
    return Numbers.orZero(set.getSpec().getReplicas());
  }
}
