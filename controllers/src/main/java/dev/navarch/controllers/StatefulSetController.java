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
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Keeps numbered pods whose names and storage stay, and brings them to a new template from the
/// highest number down.
final class StatefulSetController implements Reconciler<StatefulSet> {
  private static final Resource<StatefulSet> SETS = Resource.of(StatefulSet.class);
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  private final Lister<StatefulSet> sets;
  private final Cluster cluster;
  private final Claims<StatefulSet, Pod> pods;
  private final Claims<StatefulSet, ControllerRevision> revisions;
  private final TemplateHistory history;
  private final StatefulSteps steps;
  private final InstantSource clock;

  private StatefulSetController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    Resource<ControllerRevision> kept = Resource.of(ControllerRevision.class);
    EventRecorder own = events.as("statefulset-controller");
    this.sets = on.lister(SETS);
    this.cluster = cluster;
    this.pods = new Claims<>(cluster, SETS, PODS, on.lister(PODS));
    this.revisions = new Claims<>(cluster, SETS, kept, on.lister(kept));
    this.history = new TemplateHistory(cluster, "controller.kubernetes.io/hash");
    this.steps =
        new StatefulSteps(
            cluster, new StatefulClaims(cluster, on.lister(PersistentVolumeClaim.class), own), own);
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var reconciler = new StatefulSetController(on, cluster, events, clock);
    return Controller.of(SETS, reconciler)
        .owns(Pod.class)
        .owns(ControllerRevision.class)
        .watches(Pod.class, reconciler::adopters)
        .watchesChanges(Resource.of(PersistentVolumeClaim.class), reconciler::onLostClaim)
        .workers(5);
  }

  @Override
  public Result reconcile(StatefulSet set) {
    LabelSelector selector = set.getSpec().getSelector();
    if (LabelSelectors.isEmpty(selector)) {
      return Result.done();
    }
    List<ControllerRevision> known =
        TemplateHistory.inOrder(revisions.settle(set, selector, revision -> true));
    StatefulSetStatus before = set.getStatus();
    TemplateHistory.Present present =
        history.present(
            set,
            set.getSpec().getTemplate(),
            known,
            before == null ? null : before.getCollisionCount());
    StatefulRun run = run(set, known, present.revision());
    RuntimeException failure = null;
    if (!Pods.isDeleting(set)) {
      try {
        steps.take(run);
      } catch (ApiException e) {
        failure = Created.isGoingAway(e) ? null : e;
      }
    }
    StatefulSetStatus status = status(run, present.collisions());
    if (!status.equals(before)) {
      StatefulSet changed = Objects.copy(set);
      changed.setStatus(status);
      cluster.updateStatus(changed);
    }
    cleanUp(run, known, status);
    if (failure != null) {
      throw failure;
    }
    boolean ripening =
        Numbers.orZero(status.getReadyReplicas()) > Numbers.orZero(status.getAvailableReplicas());
    return ripening ? Result.after(run.minReady()) : Result.done();
  }

  private StatefulRun run(
      StatefulSet set, List<ControllerRevision> known, ControllerRevision update) {
    TreeMap<Integer, Pod> byOrdinal = new TreeMap<>();
    pods.settle(set, set.getSpec().getSelector(), pod -> StatefulPods.ordinal(set, pod).isPresent())
        .forEach(pod -> byOrdinal.put(StatefulPods.ordinal(set, pod).orElseThrow(), pod));
    String name = set.getStatus() == null ? null : set.getStatus().getCurrentRevision();
    ControllerRevision current =
        known.stream()
            .filter(revision -> revision.getMetadata().getName().equals(name))
            .findFirst()
            .orElse(update);
    return new StatefulRun(set, current, update, byOrdinal, clock.instant());
  }

  private static StatefulSetStatus status(StatefulRun run, @Nullable Integer collisions) {
    String current = run.current().getMetadata().getName();
    String update = run.update().getMetadata().getName();
    List<Pod> pods = List.copyOf(run.pods().values());
    List<Pod> staying = pods.stream().filter(pod -> !Pods.isDeleting(pod)).toList();
    int ready = (int) pods.stream().filter(run::isReady).count();
    int updated = of(staying, update);
    int old = of(staying, current);
    if (run.isRolling()
        && updated == run.replicas()
        && ready == run.replicas()
        && pods.size() == run.replicas()) {
      current = update;
      old = updated;
    }
    StatefulSetStatus status = new StatefulSetStatus();
    StatefulSetStatus before = run.set().getStatus();
    if (before != null) {
      status.setConditions(before.getConditions());
    }
    status.setObservedGeneration(run.set().getMetadata().getGeneration());
    status.setReplicas(pods.size());
    status.setReadyReplicas(Numbers.nullIfZero(ready));
    status.setAvailableReplicas((int) pods.stream().filter(run::isAvailable).count());
    status.setCurrentReplicas(Numbers.nullIfZero(old));
    status.setUpdatedReplicas(Numbers.nullIfZero(updated));
    status.setCurrentRevision(current);
    status.setUpdateRevision(update);
    status.setCollisionCount(Numbers.orZero(collisions));
    return status;
  }

  private static int of(List<Pod> pods, String revision) {
    return (int) pods.stream().filter(pod -> StatefulPods.revision(pod).equals(revision)).count();
  }

  private void cleanUp(StatefulRun run, List<ControllerRevision> known, StatefulSetStatus status) {
    Set<String> inUse =
        new HashSet<>(
            List.of(run.current().getMetadata().getName(), run.update().getMetadata().getName()));
    inUse.add(status.getCurrentRevision());
    run.pods().values().forEach(pod -> inUse.add(StatefulPods.revision(pod)));
    history.cleanUp(known, inUse, run.set().getSpec().getRevisionHistoryLimit());
  }

  private Stream<Key> adopters(Pod pod) {
    return Claims.adopters(pod, sets, set -> set.getSpec().getSelector());
  }

  /// A pod whose storage goes with the pod before it waits until that is gone.
  private Stream<Key> onLostClaim(Informers.Change<PersistentVolumeClaim> change) {
    if (change.now() != null) {
      return Stream.empty();
    }
    return sets.in(change.either().getMetadata().getNamespace())
        .filter(set -> !set.getSpec().getVolumeClaimTemplates().isEmpty())
        .map(Key::of);
  }
}
