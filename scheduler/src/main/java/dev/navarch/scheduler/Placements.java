package dev.navarch.scheduler;

import dev.navarch.api.ApiException;
import dev.navarch.client.Key;
import dev.navarch.scheduler.plugins.VolumeBinding;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A pod's way from the queue to its node: what is decided counts as done at once, others write it,
/// and what fails is taken back.
final class Placements {
  private static final Logger LOG = LoggerFactory.getLogger(Placements.class);

  private final SchedulerState state;
  private final Snapshot snapshot;
  private final SchedulingQueue queue;
  private final PodDevices devices;
  private final Set<String> binding;
  private final VolumeWaits waits;
  private final DeviceWaits deviceWaits;
  private final Cycle cycle;
  private final Preemption preemption = new Preemption(Plugins.FILTERS);
  private final SchedulerWrites writes;
  private final InstantSource clock;
  private final Consumer<Runnable> later;

  /// @param later runs on the scheduler's thread
  Placements(
      SchedulerState state,
      Cycle cycle,
      SchedulerWrites writes,
      InstantSource clock,
      Consumer<Runnable> later) {
    this.state = state;
    this.snapshot = state.snapshot();
    this.queue = state.queue();
    this.devices = state.devices();
    this.binding = state.binding();
    this.waits = state.waits();
    this.deviceWaits = state.deviceWaits();
    this.cycle = cycle;
    this.writes = writes;
    this.clock = clock;
    this.later = later;
  }

  /// Binds the pods whose volumes are ready, and takes back those whose volumes will not be.
  void endWaits() throws InterruptedException {
    for (VolumeWaits.Outcome outcome : waits.over(snapshot.storage(), clock.instant())) {
      switch (outcome) {
        case VolumeWaits.Outcome.Bound(PodView pod, String node) -> bind(pod, node);
        case VolumeWaits.Outcome.Failed(PodView pod, String why) -> {
          writes.report(pod, why, Optional.empty());
          state.takeBack(pod);
          queue.retryLater(pod);
        }
      }
    }
  }

  /// Binds the pods whose devices are ready, and takes back those whose devices will not be.
  void endDeviceWaits() throws InterruptedException {
    for (DeviceWaits.Outcome outcome : deviceWaits.over(snapshot.devices(), clock.instant())) {
      switch (outcome) {
        case DeviceWaits.Outcome.Ready(PodView pod, String node) ->
            write(pod, node, DevicePlan.NONE);
        case DeviceWaits.Outcome.Failed(PodView pod, String why) -> {
          writes.report(pod, why, Optional.empty());
          devices.undo(pod, devices.held(pod));
          state.takeBack(pod);
          queue.retryLater(pod);
        }
      }
    }
  }

  /// Gives a pod a node, or says why there is none and makes room.
  void attempt(PodView pod) throws InterruptedException {
    try {
      schedule(pod);
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("pod", pod.fullName()).setCause(e).log("pod not scheduled");
      queue.retryLater(pod);
    }
  }

  private void schedule(PodView pod) throws InterruptedException {
    switch (snapshot.withPromisesKept(pod, () -> cycle.decide(pod, snapshot))) {
      case Cycle.Decision.Fits(String node) -> {
        NodeView chosen = snapshot.node(node).orElseThrow();
        VolumePlan plan = VolumeBinding.plan(pod, chosen, snapshot.storage());
        devices.reserve(pod, chosen);
        snapshot.place(pod, node);
        binding.add(pod.uid());
        if (plan.isEmpty()) {
          bind(pod, node);
        } else {
          prepareVolumes(pod, node, plan);
        }
      }
      case Cycle.Decision.NoNode(String message, var retryOn, var crowded) -> {
        queue.unschedulable(pod, retryOn);
        devices.release(pod, snapshot);
        makeRoom(pod, message, crowded);
      }
    }
  }

  private void bind(PodView pod, String node) throws InterruptedException {
    DevicePlan plan = devices.handOver(pod);
    if (!DeviceWaits.isNeeded(pod, plan, snapshot.devices())) {
      write(pod, node, plan);
      return;
    }
    writes.prepareDevices(
        pod,
        plan,
        claim -> later.accept(() -> written(claim)),
        () -> later.accept(() -> awaitDevices(pod, node)),
        failure -> later.accept(() -> bindFailed(pod, plan, failure)));
  }

  /// Unless the pod has gone meanwhile.
  private void awaitDevices(PodView pod, String node) {
    if (binding.contains(pod.uid())) {
      deviceWaits.add(pod, node, clock.instant());
    }
  }

  private void write(PodView pod, String node, DevicePlan plan) throws InterruptedException {
    writes.bind(
        pod,
        node,
        plan,
        claim -> later.accept(() -> written(claim)),
        failure -> later.accept(() -> bindFailed(pod, plan, failure)));
  }

  private void written(ResourceClaim claim) {
    snapshot.devices().written(claim);
    queue.happened(ClusterEvent.DEVICES_CHANGED);
  }

  /// Others bind and make volumes; the pod follows when they have.
  private void prepareVolumes(PodView pod, String node, VolumePlan plan)
      throws InterruptedException {
    waits.add(pod, node, plan, clock.instant());
    plan.matches()
        .forEach(
            match ->
                snapshot
                    .storage()
                    .promise(match.volume().getMetadata().getName(), Key.of(match.claim())));
    writes.prepareVolumes(
        pod,
        node,
        plan,
        failure ->
            later.accept(
                () -> {
                  waits.forget(pod.uid(), snapshot.storage());
                  bindFailed(pod, DevicePlan.NONE, failure);
                }));
  }

  private void makeRoom(PodView pod, String message, List<NodeView> crowded)
      throws InterruptedException {
    if (snapshot.nodes().isEmpty()) {
      writes.report(pod, message, Optional.empty());
      return;
    }
    var outcome = snapshot.withPromisesKept(pod, () -> preemption.find(pod, crowded, snapshot));
    switch (outcome) {
      case Preemption.Outcome.Evict(String node, var victims) -> {
        snapshot.promise(pod, node);
        writes.report(pod, message, Optional.of(node));
        for (PodView victim : victims) {
          writes.evict(victim, pod, node);
        }
      }
      case Preemption.Outcome.Nothing(String why) ->
          writes.report(pod, message + " preemption: " + why, Optional.empty());
    }
  }

  /// Whether the pod is bound or gone by now was told by the cache; then there is nothing to undo.
  private void bindFailed(PodView pod, DevicePlan plan, ApiException why) {
    undo(pod, plan);
    if (!state.takeBack(pod)) {
      return;
    }
    if (why.isNotFound()) {
      queue.remove(pod.uid());
      return;
    }
    LOG.atWarn()
        .addKeyValue("pod", pod.fullName())
        .addKeyValue("reason", why.getMessage())
        .log("pod not bound");
    queue.retryLater(pod);
  }

  private void undo(PodView pod, DevicePlan plan) {
    try {
      devices.undo(pod, plan);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
