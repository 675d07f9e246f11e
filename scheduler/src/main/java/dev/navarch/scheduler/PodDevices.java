package dev.navarch.scheduler;

import dev.navarch.client.ResourceClaims;
import dev.navarch.scheduler.devices.DevicesView;
import dev.navarch.scheduler.plugins.DynamicResources;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What was decided for the claims of pods that are on their way to their nodes. Belongs to the
/// scheduling thread.
final class PodDevices {
  private final DevicesView devices;
  private final SchedulerWrites writes;
  private final Map<String, DevicePlan> plans = new HashMap<>();

  PodDevices(DevicesView devices, SchedulerWrites writes) {
    this.devices = devices;
    this.writes = writes;
  }

  /// Whether a claim of the pod is still to be made from its template.
  static boolean areToBeMade(Pod pod) {
    return ResourceClaims.entries(pod).stream()
        .anyMatch(
            entry -> ResourceClaims.named(pod, entry) instanceof ResourceClaims.Named.NotYetMade);
  }

  /// Counts the devices that the pod gets on its node as taken.
  void reserve(PodView pod, NodeView node) {
    DevicePlan plan = DynamicResources.plan(pod, node, devices);
    if (!plan.isEmpty()) {
      plan.steps().forEach(step -> devices.assume(step.applied(step.claim(), pod, "")));
      plans.put(pod.uid(), plan);
    }
  }

  /// The plan of a pod that is bound now, which is written with the binding.
  DevicePlan handOver(PodView pod) {
    DevicePlan plan = plans.remove(pod.uid());
    return plan == null ? DevicePlan.NONE : plan;
  }

  /// What the pod's claims have by now, to be undone.
  DevicePlan held(PodView pod) {
    return new DevicePlan(
        ResourceClaims.keys(pod.pod())
            .distinct()
            .flatMap(key -> devices.claim(key).stream())
            .map(claim -> new DevicePlan.Step(claim, Optional.empty()))
            .toList());
  }

  /// The pod is gone, or has no node after all, before anything was written.
  void drop(String podUid) {
    DevicePlan plan = plans.remove(podUid);
    if (plan != null) {
      plan.steps().forEach(step -> devices.forget(step.key()));
    }
  }

  /// A plan that was being written came to nothing.
  void undo(PodView pod, DevicePlan plan) throws InterruptedException {
    if (!plan.isEmpty()) {
      plan.steps().forEach(step -> devices.forget(step.key()));
      writes.takeBack(pod, plan);
    }
  }

  /// Frees devices that hold a pod to nodes on which it cannot run.
  void release(PodView pod, Snapshot snapshot) throws InterruptedException {
    var inTheWay = DynamicResources.inTheWay(pod, snapshot);
    if (!inTheWay.isEmpty()) {
      writes.release(pod, inTheWay);
    }
  }
}
