package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import dev.navarch.client.Tolerations;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Deletes pods from nodes whose NoExecute taints they do not tolerate, or no longer: each taint's
/// toleration may be limited in time, and the shortest counts.
final class TaintEvictionController implements Reconciler<Pod> {
  private final Lister<Node> nodes;
  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final EventRecorder events;
  private final InstantSource clock;

  /// Since when pods have been on borrowed time.
  private final Map<Key, Borrowed> borrowed = new ConcurrentHashMap<>();

  private record Borrowed(String uid, Instant since) {}

  private TaintEvictionController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.nodes = on.lister(Node.class);
    this.pods = on.lister(Pod.class);
    this.cluster = cluster;
    this.events = events.as("taint-eviction-controller");
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var reconciler = new TaintEvictionController(on, cluster, events, clock);
    return Controller.of(Pod.class, reconciler)
        .name("taint_eviction_controller")
        .watchesChanges(Resource.of(Node.class), reconciler::onTaintedNode)
        .workers(8);
  }

  @Override
  public Result reconcile(Pod pod) {
    Key key = Key.of(pod);
    List<Taint> taints =
        Optional.ofNullable(pod.getSpec().getNodeName())
            .flatMap(name -> nodes.find("", name))
            .map(NodeTaints::noExecute)
            .orElse(List.of());
    if (Pods.isDeleting(pod)) {
      return gone(key);
    }
    if (taints.isEmpty()) {
      return spare(pod);
    }
    List<Optional<Toleration>> used = taints.stream().map(taint -> toleration(pod, taint)).toList();
    if (used.stream().anyMatch(Optional::isEmpty)) {
      return evict(pod);
    }
    Optional<Duration> shortest =
        used.stream()
            .flatMap(Optional::stream)
            .map(Toleration::getTolerationSeconds)
            .filter(Objects::nonNull)
            .map(seconds -> Duration.ofSeconds(Math.max(0, seconds)))
            .min(Duration::compareTo);
    return shortest.map(tolerated -> lend(pod, tolerated)).orElseGet(() -> spare(pod));
  }

  @Override
  public Result gone(Key key) {
    borrowed.remove(key);
    return Result.done();
  }

  private Result lend(Pod pod, Duration tolerated) {
    Instant now = clock.instant();
    String uid = pod.getMetadata().getUid();
    Borrowed time =
        borrowed.compute(
            Key.of(pod),
            (key, known) ->
                known != null && known.uid().equals(uid) ? known : new Borrowed(uid, now));
    Duration left = Duration.between(now, time.since().plus(tolerated));
    return left.isPositive() ? Result.after(left) : evict(pod);
  }

  private Result evict(Pod pod) {
    events.normal(pod, "TaintManagerEviction", "Marking for deletion Pod " + Key.of(pod));
    Pod marked =
        PodEnds.disrupted(
            pod,
            "DeletionByTaintManager",
            "Taint manager: deleting due to NoExecute taint",
            clock.instant());
    PodEnds.unlessGone(() -> cluster.updateStatus(marked));
    PodEnds.unlessGone(() -> cluster.delete(pod));
    return gone(Key.of(pod));
  }

  private Result spare(Pod pod) {
    if (borrowed.remove(Key.of(pod)) != null) {
      events.normal(pod, "TaintManagerEviction", "Cancelling deletion of Pod " + Key.of(pod));
    }
    return Result.done();
  }

  private Stream<Key> onTaintedNode(Informers.Change<Node> change) {
    List<Taint> before =
        change.before() == null ? List.of() : NodeTaints.noExecute(change.before());
    List<Taint> now = change.now() == null ? List.of() : NodeTaints.noExecute(change.now());
    return before.equals(now)
        ? Stream.empty()
        : pods.onNode(change.either().getMetadata().getName()).map(Key::of);
  }

  private static Optional<Toleration> toleration(Pod pod, Taint taint) {
    return pod.getSpec().getTolerations().stream()
        .filter(one -> Tolerations.tolerates(one, taint))
        .findFirst();
  }
}
