package dev.navarch.scheduler;

import java.util.HashSet;
import java.util.Set;

/// What the scheduler's thread alone knows and changes.
///
/// @param binding uids of the pods that are on their way to a node
/// @param waits pods whose volumes are being made
/// @param deviceWaits pods whose devices are being made ready
record SchedulerState(
    Snapshot snapshot,
    SchedulingQueue queue,
    PodDevices devices,
    Set<String> binding,
    VolumeWaits waits,
    DeviceWaits deviceWaits) {

  SchedulerState(Snapshot snapshot, SchedulingQueue queue, PodDevices devices) {
    this(snapshot, queue, devices, new HashSet<>(), new VolumeWaits(), new DeviceWaits());
  }

  /// The pod has no node after all. Returns whether it was on its way to one.
  boolean takeBack(PodView pod) {
    if (!binding.remove(pod.uid())) {
      return false;
    }
    snapshot.removePod(pod.uid());
    devices.drop(pod.uid());
    queue.happened(ClusterEvent.POD_REMOVED);
    return true;
  }
}
