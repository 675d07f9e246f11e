package dev.navarch.node.dra;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Resource;
import dev.navarch.client.ResourceClaims;
import dev.navarch.client.ResourceClaims.Named;
import dev.navarch.node.cri.v1.CDIDevice;
import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.dra.ClaimState.Entry;
import dev.navarch.node.dra.ClaimState.Ready;
import dev.navarch.node.dra.v1.Claim;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What pods of this node have by their claims. Drivers make it ready before a pod's sandbox, and
/// take it back when the last pod that used it has ended. Any thread may ask; calls for one claim
/// wait for each other.
public final class ClaimDevices {
  private static final Resource<ResourceClaim> CLAIMS = Resource.of(ResourceClaim.class);

  private final Cluster cluster;
  private final DraDrivers drivers;
  private final ClaimState state;
  private final Set<String> busy = new HashSet<>();

  /// A device that a container has.
  public record Held(
      Key claim, String driver, String pool, String device, List<String> cdiDeviceIds) {}

  /// @param folder the agent's, where is written down what drivers have made ready
  public ClaimDevices(Cluster cluster, DraDrivers drivers, Path folder) {
    this.cluster = cluster;
    this.drivers = drivers;
    this.state = new ClaimState(folder.resolve("dra_manager_state"));
  }

  /// Has drivers make ready what the pod's claims were given.
  ///
  /// @throws DraException with the reason why that cannot be now
  public void prepare(Pod pod) throws InterruptedException {
    if (isReady(pod)) {
      return;
    }
    for (PodResourceClaim entry : ResourceClaims.entries(pod)) {
      Optional<ResourceClaim> claim = claimOf(pod, entry);
      if (claim.isPresent()) {
        prepare(pod, claim.get());
      }
    }
  }

  /// By what is written down here, so that pods that run do not need the API for it.
  private boolean isReady(Pod pod) {
    String podUid = pod.getMetadata().getUid();
    return ResourceClaims.entries(pod).stream()
        .allMatch(
            entry ->
                switch (ResourceClaims.named(pod, entry)) {
                  case Named.NotNeeded _ -> true;
                  case Named.NotYetMade _ -> false;
                  case Named.Claim(String name, boolean _) ->
                      entries(
                              one ->
                                  one.prepared()
                                      && one.pods().contains(podUid)
                                      && one.name().equals(name))
                          .stream()
                          .findAny()
                          .isPresent();
                });
  }

  private Optional<ResourceClaim> claimOf(Pod pod, PodResourceClaim entry) {
    return switch (ResourceClaims.named(pod, entry)) {
      case Named.NotNeeded _ -> Optional.empty();
      case Named.NotYetMade _ ->
          throw new DraException(
              "claim %s: ResourceClaim not created yet".formatted(entry.getName()));
      case Named.Claim(String name, boolean made) -> {
        ResourceClaim claim = find(new Key(pod.getMetadata().getNamespace(), name));
        if (made && !OwnerReferences.isControlledBy(claim, pod)) {
          throw new DraException(
              "ResourceClaim %s was not created for pod %s (pod is not owner)"
                  .formatted(Key.of(claim), Key.of(pod)));
        }
        if (!ResourceClaims.isAllocated(claim)) {
          throw new DraException("claim %s is not allocated".formatted(Key.of(claim)));
        }
        if (!ResourceClaims.isReservedFor(claim, pod)) {
          throw new DraException(
              "claim %s is not reserved for pod %s".formatted(Key.of(claim), Key.of(pod)));
        }
        yield Optional.of(claim);
      }
    };
  }

  private ResourceClaim find(Key key) {
    try {
      return cluster.get(CLAIMS, key);
    } catch (ApiException e) {
      throw new DraException("claim %s: %s".formatted(key, e.getMessage()));
    }
  }

  private void prepare(Pod pod, ResourceClaim claim) throws InterruptedException {
    String uid = claim.getMetadata().getUid();
    occupy(uid);
    try {
      Entry entry = entry(claim).with(pod.getMetadata().getUid());
      keep(entry);
      if (entry.prepared()) {
        return;
      }
      var results = claim.getStatus().getAllocation().getDevices();
      Set<String> wanted =
          results == null || results.getResults() == null
              ? Set.of()
              : results.getResults().stream()
                  .map(DeviceRequestAllocationResult::getDriver)
                  .collect(Collectors.toCollection(TreeSet::new));
      wanted.forEach(drivers::get);
      keep(entry.asking(wanted));
      List<Ready> devices = new ArrayList<>();
      for (String driver : wanted) {
        drivers.get(driver).prepare(told(entry)).stream()
            .map(
                device ->
                    new Ready(
                        driver,
                        device.getPoolName(),
                        device.getDeviceName(),
                        List.copyOf(device.getRequestNamesList()),
                        List.copyOf(device.getCdiDeviceIdsList())))
            .forEach(devices::add);
      }
      keep(entry.asking(wanted).ready(devices));
    } finally {
      leave(uid);
    }
  }

  /// Has drivers take back what only this pod used.
  ///
  /// @throws DraException with the reason why that cannot be now
  public void unprepare(String podUid) throws InterruptedException {
    for (Entry found : entries(entry -> entry.pods().contains(podUid))) {
      occupy(found.uid());
      try {
        Entry entry = entries(one -> one.uid().equals(found.uid())).getFirst();
        if (entry.pods().equals(Set.of(podUid))) {
          for (String driver : entry.asked()) {
            drivers.get(driver).unprepare(told(entry));
          }
          forget(entry.uid());
        } else {
          keep(entry.without(podUid));
        }
      } finally {
        leave(found.uid());
      }
    }
  }

  /// The uids of all pods for which anything is ready here.
  public Set<String> pods() {
    return entries(entry -> true).stream()
        .flatMap(entry -> entry.pods().stream())
        .collect(Collectors.toSet());
  }

  /// Names a container's devices to the runtime.
  public void addTo(Pod pod, Container container, ContainerConfig.Builder config) {
    held(pod, container)
        .flatMap(device -> device.cdiDeviceIds().stream())
        .distinct()
        .forEach(id -> config.addCDIDevices(CDIDevice.newBuilder().setName(id)));
  }

  /// What a container has.
  public Stream<Held> held(Pod pod, Container container) {
    if (container.getResources() == null || container.getResources().getClaims() == null) {
      return Stream.empty();
    }
    return container.getResources().getClaims().stream()
        .flatMap(use -> held(pod, use.getName(), use.getRequest()))
        .distinct();
  }

  private Stream<Held> held(Pod pod, String name, @Nullable String request) {
    String podUid = pod.getMetadata().getUid();
    return ResourceClaims.entries(pod).stream()
        .filter(entry -> entry.getName().equals(name))
        .map(entry -> ResourceClaims.named(pod, entry))
        .filter(Named.Claim.class::isInstance)
        .flatMap(
            named ->
                entries(
                    entry ->
                        entry.pods().contains(podUid)
                            && entry.namespace().equals(pod.getMetadata().getNamespace())
                            && entry.name().equals(((Named.Claim) named).name()))
                    .stream())
        .flatMap(
            entry ->
                entry.devices().stream()
                    .filter(device -> serves(device, request))
                    .map(
                        device ->
                            new Held(
                                new Key(entry.namespace(), entry.name()),
                                device.driver(),
                                device.pool(),
                                device.device(),
                                device.cdi())));
  }

  /// A device of an alternative (`request/alternative`) serves its request.
  private static boolean serves(Ready device, @Nullable String request) {
    return request == null
        || request.isEmpty()
        || device.requests().isEmpty()
        || device.requests().stream()
            .anyMatch(one -> one.equals(request) || one.startsWith(request + "/"));
  }

  private static Claim told(Entry entry) {
    return Claim.newBuilder()
        .setNamespace(entry.namespace())
        .setName(entry.name())
        .setUid(entry.uid())
        .build();
  }

  private Entry entry(ResourceClaim claim) {
    var meta = claim.getMetadata();
    return entries(one -> one.uid().equals(meta.getUid())).stream()
        .findFirst()
        .orElseGet(
            () ->
                new Entry(
                    meta.getNamespace(),
                    meta.getName(),
                    meta.getUid(),
                    Set.of(),
                    Set.of(),
                    List.of(),
                    false));
  }

  private synchronized List<Entry> entries(Predicate<Entry> wanted) {
    return state.all().stream().filter(wanted).toList();
  }

  private synchronized void keep(Entry entry) {
    state.put(entry);
  }

  private synchronized void forget(String uid) {
    state.remove(uid);
  }

  private synchronized void occupy(String uid) throws InterruptedException {
    while (!busy.add(uid)) {
      wait();
    }
  }

  private synchronized void leave(String uid) {
    busy.remove(uid);
    notifyAll();
  }
}
