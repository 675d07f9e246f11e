package dev.navarch.scheduler.devices;

import dev.navarch.api.Quantity;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// What claims have: devices for themselves, and shares of others. Access for administrators takes
/// nothing from anybody.
///
/// @param shares what is taken of each shared device
record Taken(Set<DeviceId> whole, Map<DeviceId, Map<String, Quantity>> shares) {

  static Taken by(Iterable<ResourceClaim> claims) {
    var taken = new Taken(new HashSet<>(), new HashMap<>());
    for (ResourceClaim claim : claims) {
      var allocation = claim.getStatus() == null ? null : claim.getStatus().getAllocation();
      if (allocation != null && allocation.getDevices() != null) {
        Lists.of(allocation.getDevices().getResults()).forEach(taken::add);
      }
    }
    return taken;
  }

  private void add(DeviceRequestAllocationResult result) {
    if (Boolean.TRUE.equals(result.getAdminAccess())) {
      return;
    }
    DeviceId id = DeviceId.of(result);
    if (result.getShareID() == null) {
      whole.add(id);
      return;
    }
    Map<String, Quantity> sum = shares.computeIfAbsent(id, first -> new HashMap<>());
    Lists.of(result.getConsumedCapacity())
        .forEach((name, amount) -> sum.merge(name, Capacity.of(amount), Quantity::add));
  }

  boolean uses(DeviceId id) {
    return whole.contains(id) || shares.containsKey(id);
  }
}
