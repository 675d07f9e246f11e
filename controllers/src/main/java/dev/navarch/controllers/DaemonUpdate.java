package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The next step of a daemon set to its present template, a few nodes at a time: either old pods go
/// first, or new ones come beside them.
///
/// @param nodes that get a new pod beside their old one
/// @param pods that are in the way
record DaemonUpdate(List<String> nodes, List<Pod> pods) {
  private static final DaemonUpdate NOTHING = new DaemonUpdate(List.of(), List.of());

  /// What a node has.
  private record On(Optional<Pod> old, Optional<Pod> present, boolean crowded) {}

  static DaemonUpdate next(DaemonRun run) {
    if (!run.isRolling()) {
      return NOTHING;
    }
    return run.maxSurge() == 0 ? deleting(run) : surging(run);
  }

  private static DaemonUpdate deleting(DaemonRun run) {
    int unavailable = 0;
    List<Pod> broken = new ArrayList<>();
    List<Pod> working = new ArrayList<>();
    for (List<Pod> pods : run.pods().values()) {
      On on = on(run, pods);
      if (on.crowded || on.old.isPresent() == on.present.isPresent()) {
        unavailable++;
      } else if (on.present.isPresent()) {
        unavailable += run.isAvailable(on.present.get()) ? 0 : 1;
      } else if (!run.isAvailable(on.old.orElseThrow())) {
        broken.add(on.old.orElseThrow());
        unavailable++;
      } else {
        working.add(on.old.orElseThrow());
      }
    }
    working.stream().limit(Math.max(0, run.maxUnavailable() - unavailable)).forEach(broken::add);
    return new DaemonUpdate(List.of(), broken);
  }

  private static DaemonUpdate surging(DaemonRun run) {
    int surging = 0;
    List<String> allowed = new ArrayList<>();
    List<String> candidates = new ArrayList<>();
    List<Pod> done = new ArrayList<>();
    for (var entry : run.pods().entrySet()) {
      On on = on(run, entry.getValue());
      if (on.crowded) {
        surging++;
      } else if (on.old.isPresent() && on.present.isEmpty()) {
        (run.isAvailable(on.old.get()) ? candidates : allowed).add(entry.getKey());
      } else if (on.old.isPresent()) {
        if (run.isAvailable(on.present.orElseThrow())) {
          done.add(on.old.get());
        } else {
          surging++;
        }
      }
    }
    candidates.stream().limit(Math.max(0, run.maxSurge() - surging)).forEach(allowed::add);
    allowed.removeIf(node -> !runsOn(run, node));
    return new DaemonUpdate(allowed, done);
  }

  private static boolean runsOn(DaemonRun run, String name) {
    Optional<Node> node =
        run.nodes().stream().filter(it -> it.getMetadata().getName().equals(name)).findFirst();
    return node.filter(it -> DaemonNodes.fit(run.set(), it) == DaemonNodes.Fit.RUNS).isPresent();
  }

  private static On on(DaemonRun run, List<Pod> pods) {
    List<Pod> staying = pods.stream().filter(pod -> !Pods.isDeleting(pod)).toList();
    List<Pod> present = staying.stream().filter(run::isPresent).toList();
    List<Pod> old = staying.stream().filter(pod -> !run.isPresent(pod)).toList();
    return new On(
        old.stream().findFirst(),
        present.stream().findFirst(),
        old.size() > 1 || present.size() > 1);
  }
}
