package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.DeviceTaints;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.ResourceClaims;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceTaint;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceToleration;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSliceSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Deletes pods whose devices got a NoExecute taint that their claims do not tolerate, or no
/// longer.
final class DeviceTaintEvictionController implements Reconciler<Pod> {
  private final Lister<ResourceClaim> claims;
  private final Lister<ResourceSlice> slices;
  private final Cluster cluster;
  private final EventRecorder events;
  private final InstantSource clock;

  /// Since when pods, by their uids, have been on borrowed time.
  private final Map<String, Instant> borrowed = new ConcurrentHashMap<>();

  private DeviceTaintEvictionController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.claims = on.lister(ResourceClaim.class);
    this.slices = on.lister(ResourceSlice.class);
    this.cluster = cluster;
    this.events = events.as("device-taint-eviction");
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var reconciler = new DeviceTaintEvictionController(on, cluster, events, clock);
    return Controller.of(Pod.class, reconciler)
        .name("device_taint_eviction")
        .watches(ResourceClaim.class, DeviceTaintEvictionController::users)
        .watchesChanges(Resource.of(ResourceSlice.class), reconciler::onTainted);
  }

  private static Stream<Key> users(ResourceClaim claim) {
    return ResourceClaims.reservedFor(claim).stream()
        .filter(ResourceClaims::isPod)
        .map(user -> new Key(claim.getMetadata().getNamespace(), user.getName()));
  }

  private Stream<Key> onTainted(Informers.Change<ResourceSlice> change) {
    ResourceSlice before = change.before();
    ResourceSlice now = change.now();
    List<DeviceTaint> gone = before == null ? List.of() : noExecute(before.getSpec());
    List<DeviceTaint> here = now == null ? List.of() : noExecute(now.getSpec());
    if (gone.equals(here) && gone.isEmpty()) {
      return Stream.empty();
    }
    ResourceSliceSpec spec = change.either().getSpec();
    return claims
        .all()
        .filter(claim -> devices(claim).stream().anyMatch(device -> isFrom(spec, device)))
        .flatMap(DeviceTaintEvictionController::users);
  }

  private static List<DeviceTaint> noExecute(ResourceSliceSpec spec) {
    return orEmpty(spec.getDevices()).stream().flatMap(device -> noExecute(device)).toList();
  }

  private static Stream<DeviceTaint> noExecute(Device device) {
    return orEmpty(device.getTaints()).stream()
        .filter(taint -> "NoExecute".equals(taint.getEffect()));
  }

  private static List<DeviceRequestAllocationResult> devices(ResourceClaim claim) {
    return ResourceClaims.isAllocated(claim)
            && claim.getStatus().getAllocation().getDevices() != null
        ? orEmpty(claim.getStatus().getAllocation().getDevices().getResults())
        : List.of();
  }

  private static boolean isFrom(ResourceSliceSpec spec, DeviceRequestAllocationResult device) {
    return spec.getDriver().equals(device.getDriver())
        && spec.getPool().getName().equals(device.getPool());
  }

  @Override
  public Result reconcile(Pod pod) {
    String uid = pod.getMetadata().getUid();
    String node = pod.getSpec().getNodeName();
    if (ResourceClaims.entries(pod).isEmpty()
        || node == null
        || node.isEmpty()
        || !Pods.isActive(pod)) {
      borrowed.remove(uid);
      return Result.done();
    }
    List<Optional<Duration>> spared = new ArrayList<>();
    ResourceClaims.keys(pod)
        .flatMap(key -> claims.find(key).stream())
        .filter(claim -> ResourceClaims.isReservedFor(claim, pod))
        .flatMap(claim -> devices(claim).stream())
        .forEach(device -> taints(device).forEach(taint -> spared.add(spared(device, taint))));
    Optional<Duration> shortest =
        spared.stream().flatMap(Optional::stream).min(Duration::compareTo);
    if (shortest.isEmpty()) {
      borrowed.remove(uid);
      return Result.done();
    }
    Instant now = clock.instant();
    Instant since = borrowed.computeIfAbsent(uid, first -> now);
    Duration left = Duration.between(now, since.plus(shortest.get()));
    return left.isPositive() ? Result.after(left) : evict(pod);
  }

  private Stream<DeviceTaint> taints(DeviceRequestAllocationResult result) {
    return slices
        .all()
        .map(ResourceSlice::getSpec)
        .filter(spec -> isFrom(spec, result))
        .flatMap(spec -> orEmpty(spec.getDevices()).stream())
        .filter(device -> device.getName().equals(result.getDevice()))
        .flatMap(DeviceTaintEvictionController::noExecute);
  }

  /// How long a taint is put up with: not at all without a toleration; empty is for good.
  private static Optional<Duration> spared(
      DeviceRequestAllocationResult device, DeviceTaint taint) {
    Optional<DeviceToleration> toleration =
        orEmpty(device.getTolerations()).stream()
            .filter(one -> DeviceTaints.tolerates(one, taint))
            .findFirst();
    return toleration.isEmpty()
        ? Optional.of(Duration.ZERO)
        : Optional.ofNullable(toleration.get().getTolerationSeconds())
            .map(seconds -> Duration.ofSeconds(Math.max(0, seconds)));
  }

  private Result evict(Pod pod) {
    events.normal(pod, "DeviceTaintManagerEviction", "Marking for deletion");
    Pod marked =
        PodEnds.disrupted(
            pod,
            "DeletionByDeviceTaintManager",
            "Device Taint manager: deleting due to NoExecute taint",
            clock.instant());
    PodEnds.unlessGone(() -> cluster.updateStatus(marked));
    PodEnds.unlessGone(() -> cluster.delete(pod));
    borrowed.remove(pod.getMetadata().getUid());
    return Result.done();
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
