package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Duration;
import java.util.function.Predicate;

/// Plays node agent and scheduler: makes pods ready when a test says so, and ends those that are
/// being deleted.
record SimulatedKubelet(Simulation simulation) {
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  /// Binds the pods that have no node yet, makes all ready, removes the deleted ones.
  void catchUp() {
    catchUp(pod -> true);
  }

  void catchUp(Predicate<Pod> works) {
    Cluster cluster = simulation.cluster();
    for (Pod pod : simulation.cluster().all(Pod.class)) {
      if (Pods.isDeleting(pod)) {
        cluster.delete(
            PODS, Key.of(pod), new Cluster.DeleteOptions(Duration.ZERO, null, null, null));
      } else if (works.test(pod) && !Pods.isReady(pod)) {
        ready(pod);
      }
    }
  }

  Pod ready(Pod pod) {
    Pod now = pod;
    if (pod.getSpec().getNodeName() == null) {
      now = Objects.copy(pod);
      now.getSpec().setNodeName("node-1");
      now = simulation.cluster().update(now);
    }
    Pod changed = Objects.copy(now);
    changed.setStatus(
        new PodStatusBuilder()
            .withPhase("Running")
            .withConditions(
                new PodConditionBuilder()
                    .withType("Ready")
                    .withStatus("True")
                    .withLastTransitionTime(simulation.clock().instant().toString())
                    .build())
            .build());
    return simulation.cluster().updateStatus(changed);
  }

  Pod phase(Pod pod, String phase) {
    Pod changed = Objects.copy(pod);
    changed.setStatus(new PodStatusBuilder().withPhase(phase).build());
    return simulation.cluster().updateStatus(changed);
  }
}
