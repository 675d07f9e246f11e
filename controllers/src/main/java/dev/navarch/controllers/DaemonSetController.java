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
import dev.navarch.client.Parallel;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatusBuilder;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Keeps one pod on each node that fits, and brings them to a new template a few nodes at a time.
final class DaemonSetController implements Reconciler<DaemonSet> {
  private static final int BURST = 250;
  private static final Resource<DaemonSet> SETS = Resource.of(DaemonSet.class);
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  private final Lister<DaemonSet> sets;
  private final Lister<Node> nodes;
  private final Cluster cluster;
  private final Claims<DaemonSet, Pod> pods;
  private final Claims<DaemonSet, ControllerRevision> revisions;
  private final TemplateHistory history;
  private final DaemonPlacement placement;
  private final PodWrites writes;
  private final EventRecorder events;
  private final InstantSource clock;

  private DaemonSetController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    Resource<ControllerRevision> kept = Resource.of(ControllerRevision.class);
    this.sets = on.lister(SETS);
    this.nodes = on.lister(Node.class);
    this.cluster = cluster;
    this.pods = new Claims<>(cluster, SETS, PODS, on.lister(PODS));
    this.revisions = new Claims<>(cluster, SETS, kept, on.lister(kept));
    this.history = new TemplateHistory(cluster, TemplateHistory.POD_LABEL);
    this.events = events.as("daemonset-controller");
    this.placement = new DaemonPlacement(this.events);
    this.writes = new PodWrites(cluster, this.events);
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var reconciler = new DaemonSetController(on, cluster, events, clock);
    return Controller.of(SETS, reconciler)
        .owns(Pod.class)
        .owns(ControllerRevision.class)
        .watches(Pod.class, reconciler::adopters)
        .watchesChanges(Resource.of(Node.class), reconciler::onNode)
        .workers(2);
  }

  @Override
  public Result reconcile(DaemonSet set) {
    LabelSelector selector = set.getSpec().getSelector();
    if (LabelSelectors.isEmpty(selector)) {
      events.warning(
          set,
          "SelectingAll",
          "This daemon set is selecting all pods. A non-empty selector is required.");
      return Result.done();
    }
    if (Pods.isDeleting(set)) {
      return Result.done();
    }
    List<ControllerRevision> known =
        TemplateHistory.inOrder(revisions.settle(set, selector, revision -> true));
    TemplateHistory.Present present =
        history.present(
            set,
            set.getSpec().getTemplate(),
            known,
            set.getStatus() == null ? null : set.getStatus().getCollisionCount());
    DaemonRun run =
        DaemonRun.of(
            set,
            history.hash(present.revision()),
            nodes.all().toList(),
            pods.settle(set, selector, pod -> true),
            clock.instant());
    RuntimeException failure = null;
    Duration delay = Duration.ZERO;
    try {
      delay = place(run);
    } catch (ApiException e) {
      failure = Created.isGoingAway(e) ? null : e;
    }
    cleanUp(run, known);
    DaemonSetStatus status = status(run, present.collisions());
    if (!status.equals(set.getStatus())) {
      DaemonSet changed = Objects.copy(set);
      changed.setStatus(status);
      cluster.updateStatus(changed);
    }
    if (failure != null) {
      throw failure;
    }
    boolean ripening =
        Numbers.orZero(status.getNumberReady()) > Numbers.orZero(status.getNumberAvailable());
    if (ripening && (delay.isZero() || run.minReady().compareTo(delay) < 0)) {
      delay = run.minReady();
    }
    return delay.isZero() ? Result.done() : Result.after(delay);
  }

  /// First what is missing and what is too much; only when nothing is, the next step of an update.
  private Duration place(DaemonRun run) {
    DaemonPlacement.Plan plan = placement.plan(run);
    apply(run, plan.nodes(), plan.surplus());
    if (plan.nodes().isEmpty() && plan.surplus().isEmpty()) {
      DaemonUpdate update = DaemonUpdate.next(run);
      apply(run, update.nodes(), update.pods());
    }
    return plan.delay();
  }

  private void apply(DaemonRun run, List<String> on, List<Pod> surplus) {
    Parallel.together(surplus.stream().limit(BURST).toList(), pod -> writes.delete(run.set(), pod));
    Parallel.slowStart(
        on.stream().limit(BURST).toList(),
        node ->
            writes.create(
                run.set(),
                DaemonNodes.pod(run.set(), run.set().getSpec().getTemplate(), run.hash(), node)));
  }

  private void cleanUp(DaemonRun run, List<ControllerRevision> known) {
    Set<String> hashes = new HashSet<>(Set.of(run.hash()));
    run.pods()
        .values()
        .forEach(
            pods ->
                pods.forEach(pod -> hashes.add(Pods.labels(pod).get(TemplateHistory.POD_LABEL))));
    Set<String> inUse = new HashSet<>();
    known.stream()
        .filter(revision -> hashes.contains(history.hash(revision)))
        .forEach(revision -> inUse.add(revision.getMetadata().getName()));
    history.cleanUp(known, inUse, run.set().getSpec().getRevisionHistoryLimit());
  }

  private static DaemonSetStatus status(DaemonRun run, @Nullable Integer collisions) {
    int current = 0;
    int misscheduled = 0;
    int ready = 0;
    int available = 0;
    int updated = 0;
    for (Node node : run.nodes()) {
      List<Pod> here = run.on(node.getMetadata().getName());
      if (here.isEmpty()) {
        continue;
      }
      if (DaemonNodes.fit(run.set(), node) != DaemonNodes.Fit.RUNS) {
        misscheduled++;
        continue;
      }
      Pod pod = here.getFirst();
      current++;
      ready += Pods.isReady(pod) ? 1 : 0;
      available += run.isAvailable(pod) ? 1 : 0;
      updated += run.isPresent(pod) ? 1 : 0;
    }
    int desired = run.desired();
    DaemonSetStatus before = run.set().getStatus();
    return new DaemonSetStatusBuilder()
        .withDesiredNumberScheduled(desired)
        .withCurrentNumberScheduled(current)
        .withNumberMisscheduled(misscheduled)
        .withNumberReady(ready)
        .withUpdatedNumberScheduled(Numbers.nullIfZero(updated))
        .withNumberAvailable(Numbers.nullIfZero(available))
        .withNumberUnavailable(Numbers.nullIfZero(desired - available))
        .withObservedGeneration(run.set().getMetadata().getGeneration())
        .withCollisionCount(collisions)
        .withConditions(before == null ? List.of() : before.getConditions())
        .build();
  }

  private Stream<Key> adopters(Pod pod) {
    return Claims.adopters(pod, sets, set -> set.getSpec().getSelector());
  }

  /// Nodes tell every few seconds how they are; only where a daemon belongs matters here.
  private Stream<Key> onNode(Informers.Change<Node> change) {
    Node before = change.before();
    Node now = change.now();
    if (before != null
        && now != null
        && Pods.labels(before).equals(Pods.labels(now))
        && NodeTaints.of(before).equals(NodeTaints.of(now))) {
      return Stream.empty();
    }
    return sets.all().map(Key::of);
  }
}
