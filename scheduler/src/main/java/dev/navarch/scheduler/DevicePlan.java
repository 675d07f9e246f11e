package dev.navarch.scheduler;

import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.ResourceClaims;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What has to happen to a pod's claims of devices before it can go to its node.
public record DevicePlan(List<Step> steps) {
  public static final DevicePlan NONE = new DevicePlan(List.of());

  /// @param allocation the claim's devices; empty when it has them already, and is only reserved
  public record Step(ResourceClaim claim, Optional<AllocationResult> allocation) {

    Key key() {
      return Key.of(claim);
    }

    /// The claim as it is to be, made from how it is now.
    ///
    /// @param time when devices are given to it
    ResourceClaim applied(ResourceClaim now, PodView pod, String time) {
      ResourceClaim changed = Objects.copy(now);
      ResourceClaimStatus status =
          changed.getStatus() == null ? new ResourceClaimStatus() : changed.getStatus();
      allocation.ifPresent(
          result -> {
            result.setAllocationTimestamp(time);
            status.setAllocation(result);
          });
      if (!ResourceClaims.isReservedFor(now, pod.pod())) {
        var consumers = new ArrayList<>(ResourceClaims.reservedFor(now));
        consumers.add(ResourceClaims.consumer(pod.pod()));
        status.setReservedFor(consumers);
      }
      changed.setStatus(status);
      return changed;
    }
  }

  public boolean isEmpty() {
    return steps.isEmpty();
  }
}
