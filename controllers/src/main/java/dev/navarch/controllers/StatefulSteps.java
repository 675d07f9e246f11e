package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is done to a stateful set's pods: in order, one after the other, or all at once, as the set
/// has it.
record StatefulSteps(Cluster cluster, StatefulClaims claims, EventRecorder events) {
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  /// Makes missing pods, replaces ended ones, deletes those without a place, and then the next ones
  /// that an update reaches.
  void take(StatefulRun run) {
    for (int ordinal = run.start(); ordinal < run.end(); ordinal++) {
      if (!keep(run, ordinal) && run.isOrdered()) {
        return;
      }
    }
    for (Map.Entry<Integer, Pod> one : run.condemned().toList()) {
      claims.settle(run.set(), one.getValue(), one.getKey(), false);
    }
    if (dropCondemned(run) && run.isRolling()) {
      update(run).forEach(pod -> delete(run.set(), pod));
    }
  }

  /// @return whether the next one may be looked at where order counts
  private boolean keep(StatefulRun run, int ordinal) {
    Pod pod = run.pods().get(ordinal);
    if (pod == null) {
      if (!claims.areStale(run.set(), ordinal)) {
        create(run, ordinal);
      }
      return false;
    }
    if (Pods.isFinished(pod)) {
      if (!Pods.isDeleting(pod)) {
        boolean failed = Pods.phase(pod).equals("Failed");
        events.warning(
            run.set(),
            failed ? "RecreatingFailedPod" : "RecreatingTerminatedPod",
            "StatefulSet %s is recreating %s Pod %s"
                .formatted(
                    Key.of(run.set()),
                    failed ? "failed" : "terminated",
                    pod.getMetadata().getName()));
        delete(run.set(), pod);
      }
      return false;
    }
    if (Pods.phase(pod).equals("Pending") && !Pods.isDeleting(pod)) {
      claims.make(run.set(), ordinal);
    }
    if (!Pods.isDeleting(pod)) {
      claims.settle(run.set(), pod, ordinal, true);
    }
    if (run.isOrdered() && (Pods.isDeleting(pod) || !run.isAvailable(pod))) {
      return false;
    }
    if (!Pods.isDeleting(pod)) {
      restoreIdentity(run.set(), pod, ordinal);
    }
    return true;
  }

  private void restoreIdentity(StatefulSet set, Pod pod, int ordinal) {
    if (!StatefulPods.hasIdentity(pod, set, ordinal)) {
      Pod changed = Objects.copy(pod);
      changed.getMetadata().setLabels(StatefulPods.identity(pod, set, ordinal));
      cluster.update(changed);
    }
  }

  /// @return whether nothing stands in the way of an update
  private boolean dropCondemned(StatefulRun run) {
    Optional<Pod> unhealthy = firstUnhealthy(run);
    for (Map.Entry<Integer, Pod> one : run.condemned().toList()) {
      Pod pod = one.getValue();
      if (Pods.isDeleting(pod)) {
        if (run.isOrdered()) {
          return false;
        }
        continue;
      }
      boolean first = unhealthy.filter(pod::equals).isPresent();
      if (run.isOrdered() && !run.isAvailable(pod) && !first) {
        return false;
      }
      delete(run.set(), pod);
      if (run.isOrdered()) {
        return false;
      }
    }
    return true;
  }

  /// The unhealthy pod with the lowest number, first among those that stay.
  private static Optional<Pod> firstUnhealthy(StatefulRun run) {
    for (int ordinal = run.start(); ordinal < run.end(); ordinal++) {
      Pod pod = run.pods().get(ordinal);
      if (pod != null && !run.isHealthy(pod)) {
        return Optional.of(pod);
      }
    }
    return run.condemned()
        .map(Map.Entry::getValue)
        .filter(pod -> !run.isHealthy(pod))
        .reduce((higher, lower) -> lower);
  }

  /// The next pods that an update deletes, from the highest number down to the partition. Those
  /// that do not serve cost nothing.
  static List<Pod> update(StatefulRun run) {
    int unavailable = 0;
    for (int ordinal = run.partition(); ordinal < run.end(); ordinal++) {
      Pod pod = run.pods().get(ordinal);
      if (pod == null || Pods.isDeleting(pod) || !run.isAvailable(pod)) {
        unavailable++;
      }
    }
    int left = Math.max(0, run.maxUnavailable() - unavailable);
    List<Pod> next = new ArrayList<>();
    for (int ordinal = run.end() - 1; ordinal >= run.partition(); ordinal--) {
      Pod pod = run.pods().get(ordinal);
      if (pod == null || Pods.isDeleting(pod) || run.isPresent(pod)) {
        continue;
      }
      if (!run.isAvailable(pod)) {
        next.add(pod);
      } else if (left > 0) {
        next.add(pod);
        left--;
      }
    }
    return next;
  }

  private void create(StatefulRun run, int ordinal) {
    StatefulSet set = run.set();
    ControllerRevision revision = run.revisionFor(ordinal);
    Pod pod =
        StatefulPods.pod(
            set, TemplateHistory.template(revision), revision.getMetadata().getName(), ordinal);
    String what =
        "create Pod %s in StatefulSet %s"
            .formatted(pod.getMetadata().getName(), set.getMetadata().getName());
    try {
      claims.make(set, ordinal);
      cluster.create(PODS, pod);
      events.normal(set, "SuccessfulCreate", what + " successful");
    } catch (ApiException e) {
      if (!Created.isGoingAway(e)) {
        events.warning(set, "FailedCreate", what + " failed error: " + e.getMessage());
      }
      throw e;
    }
  }

  private void delete(StatefulSet set, Pod pod) {
    String what =
        "delete Pod %s in StatefulSet %s"
            .formatted(pod.getMetadata().getName(), set.getMetadata().getName());
    try {
      cluster.delete(pod);
      events.normal(set, "SuccessfulDelete", what + " successful");
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        events.warning(set, "FailedDelete", what + " failed error: " + e.getMessage());
        throw e;
      }
    }
  }
}
