package dev.navarch.controllers;

import dev.navarch.client.EventRecorder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// One pod on each node that runs the daemon, none elsewhere. A pod that ended is replaced, after a
/// second first, then after twice as long each time, up to a quarter of an hour.
final class DaemonPlacement {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LAST = Duration.ofMinutes(15);

  private final EventRecorder events;
  private final Map<String, Ends> ends = new ConcurrentHashMap<>();

  /// How often pods of one set ended on one node.
  private record Ends(int count, Instant last) {
    Duration delay() {
      Duration delay = FIRST.multipliedBy(1L << Math.min(count - 1, 10));
      return delay.compareTo(LAST) > 0 ? LAST : delay;
    }

    boolean isForgotten(Instant now) {
      return last.plus(LAST.multipliedBy(2)).isBefore(now);
    }
  }

  /// What is to be done.
  ///
  /// @param delay until a pod that ended may be replaced; zero when none has to wait
  record Plan(List<String> nodes, List<Pod> surplus, Duration delay) {}

  DaemonPlacement(EventRecorder events) {
    this.events = events;
  }

  Plan plan(DaemonRun run) {
    ends.values().removeIf(one -> one.isForgotten(run.now()));
    List<String> nodes = new ArrayList<>();
    List<Pod> surplus = new ArrayList<>();
    Set<String> known = new HashSet<>();
    Duration delay = Duration.ZERO;
    for (Node node : run.nodes()) {
      String name = node.getMetadata().getName();
      known.add(name);
      DaemonNodes.Fit fit = DaemonNodes.fit(run.set(), node);
      if (fit == DaemonNodes.Fit.REFUSES) {
        run.on(name).stream().filter(pod -> !Pods.isDeleting(pod)).forEach(surplus::add);
      } else if (fit == DaemonNodes.Fit.RUNS && run.on(name).isEmpty()) {
        nodes.add(name);
      } else {
        delay = shorter(delay, settle(run, name, surplus));
      }
    }
    run.pods()
        .forEach(
            (node, pods) -> {
              if (!known.contains(node)) {
                pods.stream()
                    .filter(pod -> pod.getSpec().getNodeName() == null && !Pods.isDeleting(pod))
                    .forEach(surplus::add);
              }
            });
    return new Plan(nodes, surplus, delay);
  }

  private Duration settle(DaemonRun run, String node, List<Pod> surplus) {
    List<Pod> running = new ArrayList<>();
    Duration delay = Duration.ZERO;
    for (Pod pod : run.on(node)) {
      if (Pods.isDeleting(pod)) {
        continue;
      }
      if (Pods.isFinished(pod)) {
        Optional<Duration> left = delay(run, node);
        left.ifPresentOrElse(it -> {}, () -> end(run, node, pod, surplus));
        delay = left.isPresent() ? shorter(delay, left.get()) : delay;
      } else {
        running.add(pod);
      }
    }
    addSurplus(run, running, surplus);
    return delay;
  }

  /// Empty when a pod that ended may go now.
  private Optional<Duration> delay(DaemonRun run, String node) {
    Ends before = ends.get(key(run, node));
    return before == null
        ? Optional.empty()
        : Optional.of(Duration.between(run.now(), before.last.plus(before.delay())))
            .filter(Duration::isPositive);
  }

  private void end(DaemonRun run, String node, Pod pod, List<Pod> surplus) {
    ends.merge(key(run, node), new Ends(1, run.now()), (a, b) -> new Ends(a.count + 1, run.now()));
    String name = pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
    if (Pods.phase(pod).equals("Failed")) {
      events.warning(
          run.set(),
          "FailedDaemonPod",
          "Found failed daemon pod %s on node %s, will try to kill it".formatted(name, node));
    } else {
      events.normal(
          run.set(),
          "SucceededDaemonPod",
          "Found succeeded daemon pod %s on node %s, will try to delete it".formatted(name, node));
    }
    surplus.add(pod);
  }

  /// Of several pods the oldest stays; while pods surge, an old and a new one stay until the new
  /// one serves.
  private static void addSurplus(DaemonRun run, List<Pod> running, List<Pod> surplus) {
    if (run.maxSurge() == 0) {
      running.stream().skip(1).forEach(surplus::add);
      return;
    }
    List<Pod> present = running.stream().filter(run::isPresent).toList();
    List<Pod> old = running.stream().filter(pod -> !run.isPresent(pod)).toList();
    present.stream().skip(1).forEach(surplus::add);
    old.stream().skip(1).forEach(surplus::add);
    if (!present.isEmpty()
        && !old.isEmpty()
        && (!Pods.isReady(old.getFirst()) || run.isAvailable(present.getFirst()))) {
      surplus.add(old.getFirst());
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    if (a.isZero() || b.isZero()) {
      return a.isZero() ? b : a;
    }
    return a.compareTo(b) < 0 ? a : b;
  }

  private static String key(DaemonRun run, String node) {
    return run.set().getMetadata().getUid() + "/" + node;
  }
}
