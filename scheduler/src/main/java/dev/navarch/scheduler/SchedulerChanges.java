package dev.navarch.scheduler;

import dev.navarch.client.Informers;
import dev.navarch.client.Informers.Change;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Takes what the caches have seen into the snapshot and the queue, and says which pods may try
/// again for it.
final class SchedulerChanges {
  private final Snapshot snapshot;
  private final SchedulingQueue queue;
  private final PodDevices devices;
  private final Set<String> binding;
  private final VolumeWaits waits;
  private final DeviceWaits deviceWaits;
  private final Consumer<Runnable> later;

  /// @param later runs on the scheduler's thread
  SchedulerChanges(SchedulerState state, Consumer<Runnable> later) {
    this.snapshot = state.snapshot();
    this.queue = state.queue();
    this.devices = state.devices();
    this.binding = state.binding();
    this.waits = state.waits();
    this.deviceWaits = state.deviceWaits();
    this.later = later;
  }

  void follow(Informers informers) {
    follow(informers, Namespace.class, this::namespaceChanged);
    follow(informers, StorageClass.class, this::storageChanged);
    follow(informers, CSIDriver.class, this::storageChanged);
    follow(informers, CSINode.class, this::storageChanged);
    follow(informers, CSIStorageCapacity.class, this::storageChanged);
    follow(informers, PersistentVolume.class, this::storageChanged);
    follow(informers, PersistentVolumeClaim.class, this::storageChanged);
    follow(informers, DeviceClass.class, this::devicesChanged);
    follow(informers, ResourceSlice.class, this::devicesChanged);
    follow(informers, ResourceClaim.class, this::devicesChanged);
    follow(informers, Node.class, this::nodeChanged);
    follow(informers, Pod.class, this::podChanged);
  }

  private <T extends HasMetadata> void follow(
      Informers informers, Class<T> type, Consumer<Change<T>> handler) {
    informers.onChange(Resource.of(type), change -> later.accept(() -> handler.accept(change)));
  }

  private void namespaceChanged(Change<Namespace> change) {
    if (change.now() == null) {
      snapshot.removeNamespace(change.either().getMetadata().getName());
    } else {
      snapshot.put(change.now());
      queue.happened(ClusterEvent.NAMESPACE_LABELS_CHANGED);
    }
  }

  private void storageChanged(Change<? extends HasMetadata> change) {
    if (change.now() == null) {
      snapshot.storage().remove(change.either());
    } else {
      snapshot.storage().put(change.now());
      queue.happened(ClusterEvent.VOLUME_CHANGED);
    }
  }

  private void devicesChanged(Change<? extends HasMetadata> change) {
    if (change.now() == null) {
      snapshot.devices().remove(change.either());
    } else {
      snapshot.devices().put(change.now());
    }
    queue.happened(ClusterEvent.DEVICES_CHANGED);
  }

  private void nodeChanged(Change<Node> change) {
    Node now = change.now();
    if (now == null) {
      snapshot.removeNode(change.either().getMetadata().getName());
      return;
    }
    snapshot.put(now);
    Node before = change.before();
    if (before == null) {
      queue.happened(ClusterEvent.NODE_ADDED);
      return;
    }
    if (!Objects.equals(before.getSpec(), now.getSpec())) {
      queue.happened(ClusterEvent.NODE_TAINTS_CHANGED);
    }
    if (!Objects.equals(before.getMetadata().getLabels(), now.getMetadata().getLabels())) {
      queue.happened(ClusterEvent.NODE_LABELS_CHANGED);
    }
    if (!Amounts.of(allocatable(before)).equals(Amounts.of(allocatable(now)))) {
      queue.happened(ClusterEvent.NODE_ALLOCATABLE_CHANGED);
    }
  }

  private static @Nullable Map<String, Quantity> allocatable(Node node) {
    return node.getStatus() == null ? null : node.getStatus().getAllocatable();
  }

  private void podChanged(Change<Pod> change) {
    Pod now = change.now();
    String uid = change.either().getMetadata().getUid();
    if (now == null || isFinished(now) || isBound(now) || !isOurs(now)) {
      waits.forget(uid, snapshot.storage());
      deviceWaits.forget(uid);
      devices.drop(uid);
    }
    if (now == null || isFinished(now)) {
      binding.remove(uid);
      queue.remove(uid);
      boolean placed = snapshot.holds(uid);
      snapshot.removePod(uid);
      if (placed) {
        queue.happened(ClusterEvent.POD_REMOVED);
      }
    } else if (isBound(now)) {
      binding.remove(uid);
      queue.remove(uid);
      snapshot.place(PodView.of(now), now.getSpec().getNodeName());
      boundPodChanged(change.before(), now);
    } else if (!isOurs(now)) {
      queue.remove(uid);
      if (binding.remove(uid)) {
        snapshot.removePod(uid);
      }
    } else if (!binding.contains(uid)) {
      PodView pod = PodView.of(now);
      nominated(now).ifPresent(node -> snapshot.promise(pod, node));
      queue.put(pod);
    }
  }

  private void boundPodChanged(@Nullable Pod before, Pod now) {
    if (before == null || !isBound(before)) {
      queue.happened(ClusterEvent.POD_ADDED);
    } else if (!Objects.equals(before.getMetadata().getLabels(), now.getMetadata().getLabels())
        || !Objects.equals(
            before.getMetadata().getDeletionTimestamp(),
            now.getMetadata().getDeletionTimestamp())) {
      queue.happened(ClusterEvent.POD_CHANGED);
    }
  }

  private static boolean isFinished(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return "Succeeded".equals(phase) || "Failed".equals(phase);
  }

  private static boolean isBound(Pod pod) {
    return pod.getSpec().getNodeName() != null && !pod.getSpec().getNodeName().isEmpty();
  }

  private static Optional<String> nominated(Pod pod) {
    return Optional.ofNullable(pod.getStatus())
        .map(status -> status.getNominatedNodeName())
        .filter(node -> !node.isEmpty());
  }

  private static boolean isOurs(Pod pod) {
    var gates = pod.getSpec().getSchedulingGates();
    String scheduler = pod.getSpec().getSchedulerName();
    return pod.getMetadata().getDeletionTimestamp() == null
        && (gates == null || gates.isEmpty())
        && !PodDevices.areToBeMade(pod)
        && (scheduler == null || scheduler.isEmpty() || scheduler.equals(SchedulerWrites.NAME));
  }
}
