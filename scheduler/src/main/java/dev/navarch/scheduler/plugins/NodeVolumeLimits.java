package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.StorageView;
import dev.navarch.scheduler.Verdict;
import io.fabric8.kubernetes.api.model.CSIPersistentVolumeSource;
import io.fabric8.kubernetes.api.model.storage.CSINodeDriver;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Keeps to the number of volumes that a storage driver can have on one node.
public record NodeVolumeLimits() implements FilterPlugin {
  private static final Verdict TOO_MANY = new Verdict.Crowded("node(s) exceed max volume count");

  @Override
  public String name() {
    return "NodeVolumeLimits";
  }

  @Override
  public Filter prepare(PodView pod, Snapshot snapshot) {
    StorageView storage = snapshot.storage();
    Set<Handle> wanted = handles(pod, storage).collect(Collectors.toSet());
    return wanted.isEmpty()
        ? node -> Verdict.FITS
        : node -> fits(node, wanted, storage) ? Verdict.FITS : TOO_MANY;
  }

  private static boolean fits(NodeView node, Set<Handle> wanted, StorageView storage) {
    var drivers = storage.node(node.name());
    if (drivers.isEmpty()) {
      return true;
    }
    Set<Handle> all = new HashSet<>(wanted);
    node.pods().forEach(pod -> handles(pod, storage).forEach(all::add));
    return drivers.get().getSpec().getDrivers().stream()
        .filter(driver -> wanted.stream().anyMatch(one -> one.driver().equals(driver.getName())))
        .allMatch(driver -> isWithin(driver, all));
  }

  private static boolean isWithin(CSINodeDriver driver, Set<Handle> all) {
    var allocatable = driver.getAllocatable();
    return allocatable == null
        || allocatable.getCount() == null
        || all.stream().filter(one -> one.driver().equals(driver.getName())).count()
            <= allocatable.getCount();
  }

  private record Handle(String driver, String id) {}

  private static Stream<Handle> handles(PodView pod, StorageView storage) {
    return pod.pod().getSpec().getVolumes().stream()
        .flatMap(volume -> VolumeBinding.claimName(pod, volume).stream())
        .flatMap(claim -> storage.claim(pod.namespace(), claim).stream())
        .flatMap(claim -> Optional.ofNullable(claim.getSpec().getVolumeName()).stream())
        .flatMap(name -> storage.volume(name).stream())
        .flatMap(volume -> Optional.ofNullable(volume.getSpec().getCsi()).stream())
        .map(NodeVolumeLimits::handle);
  }

  private static Handle handle(CSIPersistentVolumeSource source) {
    return new Handle(source.getDriver(), source.getVolumeHandle());
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.POD_REMOVED, ClusterEvent.VOLUME_CHANGED);
  }
}
