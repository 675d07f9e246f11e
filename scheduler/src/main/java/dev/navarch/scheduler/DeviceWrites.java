package dev.navarch.scheduler;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.ResourceClaims;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Gives claims their devices, reserves them for a pod, and takes both back.
record DeviceWrites(Cluster cluster) {
  private static final Resource<ResourceClaim> CLAIMS = Resource.of(ResourceClaim.class);
  private static final int TRIES = 3;

  /// @param time when devices are given
  /// @param written hears of each claim as it was stored
  void carryOut(DevicePlan plan, PodView pod, String time, Consumer<ResourceClaim> written) {
    for (DevicePlan.Step step : plan.steps()) {
      written.accept(stored(step, pod, time));
    }
  }

  private ResourceClaim stored(DevicePlan.Step step, PodView pod, String time) {
    ResourceClaim now = step.claim();
    for (int attempt = 1; ; attempt++) {
      if (step.allocation().isPresent() && ResourceClaims.isAllocated(now)) {
        throw changed(now, "claim %s got allocated elsewhere in the meantime");
      }
      if (step.allocation().isEmpty() && !ResourceClaims.isAllocated(now)) {
        throw changed(now, "claim %s got deallocated elsewhere in the meantime");
      }
      if (now.getMetadata().getDeletionTimestamp() != null) {
        throw changed(now, "claim %s got deleted in the meantime");
      }
      try {
        return cluster.updateStatus(step.applied(protectedNow(now), pod, time));
      } catch (ApiException e) {
        if (!(e.error() instanceof ApiError.Conflict) || attempt == TRIES) {
          throw e;
        }
        now = cluster.get(CLAIMS, step.key());
      }
    }
  }

  private static ApiException changed(ResourceClaim claim, String what) {
    Key key = Key.of(claim);
    return new ApiException(
        new ApiError.Conflict(
            new ApiError.Resource(CLAIMS.group(), CLAIMS.plural()),
            key.name(),
            what.formatted(key.namespace() + "/" + key.name())));
  }

  /// A claim that has devices must not go away before they are free again.
  private ResourceClaim protectedNow(ResourceClaim claim) {
    List<String> finalizers =
        claim.getMetadata().getFinalizers() == null
            ? new ArrayList<>()
            : new ArrayList<>(claim.getMetadata().getFinalizers());
    if (finalizers.contains(ResourceClaims.FINALIZER)) {
      return claim;
    }
    finalizers.add(ResourceClaims.FINALIZER);
    ResourceClaim changed = Objects.copy(claim);
    changed.getMetadata().setFinalizers(finalizers);
    return cluster.update(changed);
  }

  /// The pod did not get its node: others may have what it had.
  void takeBack(Key key, PodView pod) {
    cluster
        .find(CLAIMS, key)
        .filter(claim -> ResourceClaims.isReservedFor(claim, pod.pod()))
        .ifPresent(claim -> free(claim, pod));
  }

  /// Takes a pod off a claim, and its devices, too, if nobody else uses them.
  void free(ResourceClaim claim, PodView pod) {
    ResourceClaim changed = Objects.copy(claim);
    var left =
        ResourceClaims.reservedFor(claim).stream()
            .filter(user -> !user.getUid().equals(pod.uid()))
            .toList();
    changed.getStatus().setReservedFor(left);
    if (left.isEmpty()) {
      changed.getStatus().setAllocation(null);
      changed.getStatus().setDevices(List.of());
    }
    cluster.updateStatus(changed);
  }
}
