package dev.navarch.scheduler;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Informers.Change;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.scheduler.devices.DeviceSelectors;
import dev.navarch.scheduler.plugins.VolumeBinding;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives every pod without a node the best one that fits. One thread decides, over a snapshot that
/// it alone keeps; what it decided is written by others, and counts as done at once.
public final class Scheduler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  private final InstantSource clock;
  private final Snapshot snapshot;
  private final SchedulingQueue queue;
  private final Cycle cycle;
  private final Preemption preemption = new Preemption(Plugins.FILTERS);
  private final SchedulerWrites writes;
  private final PodDevices devices;
  private final LinkedBlockingQueue<Runnable> changes = new LinkedBlockingQueue<>();
  private final Set<String> binding = new HashSet<>();
  private final VolumeWaits waits = new VolumeWaits();
  private final DeviceWaits deviceWaits = new DeviceWaits();
  private volatile boolean closed;
  private @Nullable Thread thread;

  /// @param selectors reads the expressions that pick devices
  public Scheduler(
      Informers informers,
      Cluster cluster,
      EventRecorder events,
      InstantSource clock,
      RandomGenerator random,
      DeviceSelectors selectors) {
    this.clock = clock;
    this.snapshot = new Snapshot(selectors);
    this.queue = new SchedulingQueue(clock);
    this.cycle = new Cycle(Plugins.FILTERS, Plugins.SCORES, random);
    this.writes = new SchedulerWrites(cluster, events, clock);
    this.devices = new PodDevices(snapshot.devices(), writes);
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

  /// Works until closed. Call when the informers have synced.
  public synchronized void start() {
    thread = Thread.ofPlatform().name("scheduler").daemon().start(this::work);
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (thread != null) {
      thread.interrupt();
    }
    writes.close();
  }

  private <T extends HasMetadata> void follow(
      Informers informers, Class<T> type, Consumer<Change<T>> handler) {
    informers.onChange(Resource.of(type), change -> changes.add(() -> handler.accept(change)));
  }

  private void work() {
    try {
      while (!closed) {
        applyChanges(false);
        endWaits();
        endDeviceWaits();
        var pod = queue.next();
        if (pod.isPresent()) {
          attempt(pod.get());
        } else {
          applyChanges(true);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Takes in what the caches have seen.
  ///
  /// @param wait until there is something, or a resting pod wakes
  private void applyChanges(boolean wait) throws InterruptedException {
    if (wait) {
      Duration limit =
          Stream.of(queue.nextWake(), waits.nextDeadline(), deviceWaits.nextDeadline())
              .flatMap(Optional::stream)
              .min(Comparator.naturalOrder())
              .map(at -> Duration.between(clock.instant(), at))
              .orElse(Duration.ofMinutes(1));
      Runnable first = changes.poll(Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
      if (first == null) {
        return;
      }
      apply(first);
    }
    for (Runnable change = changes.poll(); change != null; change = changes.poll()) {
      apply(change);
    }
  }

  private static void apply(Runnable change) {
    try {
      change.run();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("a change could not be taken in");
    }
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

  /// Binds the pods whose volumes are ready, and takes back those whose volumes will not be.
  private void endWaits() throws InterruptedException {
    for (VolumeWaits.Outcome outcome : waits.over(snapshot.storage(), clock.instant())) {
      switch (outcome) {
        case VolumeWaits.Outcome.Bound(PodView pod, String node) -> bind(pod, node);
        case VolumeWaits.Outcome.Failed(PodView pod, String why) -> {
          writes.report(pod, why, Optional.empty());
          takeBack(pod);
          queue.retryLater(pod);
        }
      }
    }
  }

  /// Binds the pods whose devices are ready, and takes back those whose devices will not be.
  private void endDeviceWaits() throws InterruptedException {
    for (DeviceWaits.Outcome outcome : deviceWaits.over(snapshot.devices(), clock.instant())) {
      switch (outcome) {
        case DeviceWaits.Outcome.Ready(PodView pod, String node) ->
            write(pod, node, DevicePlan.NONE);
        case DeviceWaits.Outcome.Failed(PodView pod, String why) -> {
          writes.report(pod, why, Optional.empty());
          devices.undo(pod, devices.held(pod));
          takeBack(pod);
          queue.retryLater(pod);
        }
      }
    }
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

  private void attempt(PodView pod) throws InterruptedException {
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
        claim -> changes.add(() -> written(claim)),
        () -> changes.add(() -> awaitDevices(pod, node)),
        failure -> changes.add(() -> bindFailed(pod, plan, failure)));
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
        claim -> changes.add(() -> written(claim)),
        failure -> changes.add(() -> bindFailed(pod, plan, failure)));
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
            changes.add(
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
    if (!takeBack(pod)) {
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

  /// The pod has no node after all. Returns whether it was on its way to one.
  private boolean takeBack(PodView pod) {
    if (!binding.remove(pod.uid())) {
      return false;
    }
    snapshot.removePod(pod.uid());
    devices.drop(pod.uid());
    queue.happened(ClusterEvent.POD_REMOVED);
    return true;
  }
}
