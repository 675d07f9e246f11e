package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Sweeps up pods that nobody else will ever end: those of nodes that are gone or out of service,
/// those deleted before they had a node, and the oldest of too many finished ones.
final class PodGarbageCollector {
  private static final Key SWEEP = new Key("", "sweep");
  private static final Duration EVERY = Duration.ofSeconds(20);
  private static final Duration QUARANTINE = Duration.ofSeconds(40);
  private static final int FINISHED_KEPT = 12_500;
  private static final Comparator<Pod> LEAST_WANTED =
      Comparator.comparing((Pod pod) -> !"Evicted".equals(pod.getStatus().getReason()))
          .thenComparing(Pods::created)
          .thenComparing(pod -> pod.getMetadata().getName());

  private final Lister<Node> nodes;
  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final InstantSource clock;
  private final int finishedKept;

  /// Nodes that pods are bound to and that are not there, with when that was noticed.
  private final Map<String, Instant> missing = new HashMap<>();

  private PodGarbageCollector(
      Informers on, Cluster cluster, InstantSource clock, int finishedKept) {
    this.nodes = on.lister(Node.class);
    this.pods = on.lister(Pod.class);
    this.cluster = cluster;
    this.clock = clock;
    this.finishedKept = finishedKept;
  }

  static Controller register(Informers on, Cluster cluster, InstantSource clock) {
    return register(on, cluster, clock, FINISHED_KEPT);
  }

  static Controller register(Informers on, Cluster cluster, InstantSource clock, int finishedKept) {
    var collector = new PodGarbageCollector(on, cluster, clock, finishedKept);
    return Controller.ofKeys(
        "pod_garbage_collector", key -> collector.sweep(), (_, wake) -> wake.accept(SWEEP));
  }

  private Result sweep() {
    endSurplus();
    List<String> lost = lostNodes();
    pods.all().forEach(pod -> endIfStranded(pod, lost));
    return Result.after(EVERY);
  }

  private void endSurplus() {
    List<Pod> finished = pods.all().filter(Pods::isFinished).sorted(LEAST_WANTED).toList();
    finished.stream().limit(Math.max(0, finished.size() - finishedKept)).forEach(this::end);
  }

  private void endIfStranded(Pod pod, List<String> lost) {
    String node = node(pod);
    if (node.isEmpty()) {
      if (Pods.isDeleting(pod)) {
        end(pod);
      }
    } else if (lost.contains(node)) {
      end(
          PodEnds.disrupted(
              pod, "DeletionByPodGC", "PodGC: node no longer exists", clock.instant()));
    } else if (Pods.isDeleting(pod) && nodes.find("", node).filter(this::isOut).isPresent()) {
      end(pod);
    }
  }

  private boolean isOut(Node node) {
    return !NodeTaints.isReady(node)
        && NodeTaints.of(node).stream()
            .anyMatch(taint -> NodeTaints.OUT_OF_SERVICE.equals(taint.getKey()));
  }

  /// Missing for long enough, and the server itself says so.
  private List<String> lostNodes() {
    Instant now = clock.instant();
    List<String> absent =
        pods.all()
            .map(PodGarbageCollector::node)
            .filter(node -> !node.isEmpty() && nodes.find("", node).isEmpty())
            .distinct()
            .toList();
    missing.keySet().retainAll(absent);
    absent.forEach(node -> missing.putIfAbsent(node, now));
    return absent.stream()
        .filter(node -> !missing.getOrDefault(node, now).plus(QUARANTINE).isAfter(now))
        .filter(node -> cluster.find(Resource.of(Node.class), new Key("", node)).isEmpty())
        .toList();
  }

  /// An unfinished pod fails first, so that whoever waits for its end sees it.
  private void end(Pod pod) {
    if (!Pods.isFinished(pod)) {
      Pod failed = Objects.copy(pod);
      failed.getStatus().setPhase("Failed");
      PodEnds.unlessGone(() -> cluster.updateStatus(failed));
    }
    PodEnds.force(cluster, pod);
  }

  private static String node(Pod pod) {
    return Optional.ofNullable(pod.getSpec().getNodeName()).orElse("");
  }
}
