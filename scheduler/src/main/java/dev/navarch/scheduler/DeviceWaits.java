package dev.navarch.scheduler;

import dev.navarch.client.Key;
import dev.navarch.client.ResourceClaims;
import dev.navarch.scheduler.devices.DevicesView;
import dev.navarch.scheduler.devices.Lists;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.resource.v1.AllocatedDeviceStatus;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// Pods that have their node and their devices, and wait until somebody has made these devices
/// ready there and says so in the claim: the devices' binding conditions.
final class DeviceWaits {
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Map<String, Wait> waits = new LinkedHashMap<>();

  private record Wait(PodView pod, String node, Instant until) {}

  /// What has come of a wait.
  sealed interface Outcome {
    PodView pod();

    record Ready(PodView pod, String node) implements Outcome {}

    record Failed(PodView pod, String why) implements Outcome {}
  }

  /// Whether any device of a pod's claims has to be made ready first.
  static boolean isNeeded(PodView pod, DevicePlan plan, DevicesView devices) {
    Stream<AllocationResult> given =
        plan.steps().stream().flatMap(step -> step.allocation().stream());
    Stream<AllocationResult> had =
        claims(pod, devices)
            .filter(ResourceClaims::isAllocated)
            .map(claim -> claim.getStatus().getAllocation());
    return Stream.concat(given, had)
        .flatMap(DeviceWaits::results)
        .anyMatch(result -> !Lists.of(result.getBindingConditions()).isEmpty());
  }

  void add(PodView pod, String node, Instant now) {
    waits.put(pod.uid(), new Wait(pod, node, now.plus(PATIENCE)));
  }

  /// The pod was deleted, or somebody else bound it.
  void forget(String podUid) {
    waits.remove(podUid);
  }

  Optional<Instant> nextDeadline() {
    return waits.values().stream().map(Wait::until).min(Instant::compareTo);
  }

  /// Those whose waiting is over, one way or the other.
  List<Outcome> over(DevicesView devices, Instant now) {
    List<Outcome> over = new ArrayList<>();
    for (Wait wait : List.copyOf(waits.values())) {
      outcome(wait, devices, now).ifPresent(over::add);
    }
    over.forEach(outcome -> waits.remove(outcome.pod().uid()));
    return over;
  }

  private static Optional<Outcome> outcome(Wait wait, DevicesView devices, Instant now) {
    boolean all = true;
    for (ResourceClaim claim : claims(wait.pod(), devices).toList()) {
      String name = claim.getMetadata().getName();
      if (!ResourceClaims.isAllocated(claim)) {
        return failed(wait, "claim %s got deallocated while its devices were made ready", name);
      }
      for (DeviceRequestAllocationResult result :
          results(claim.getStatus().getAllocation()).toList()) {
        if (Lists.of(result.getBindingConditions()).isEmpty()) {
          continue;
        }
        List<Condition> conditions = conditions(claim, result);
        if (Lists.of(result.getBindingFailureConditions()).stream()
            .anyMatch(type -> isTrue(conditions, type))) {
          return failed(wait, "claim %s binding failed", name);
        }
        all &= result.getBindingConditions().stream().allMatch(type -> isTrue(conditions, type));
      }
    }
    if (all) {
      return Optional.of(new Outcome.Ready(wait.pod(), wait.node()));
    }
    return now.isBefore(wait.until())
        ? Optional.empty()
        : failed(wait, "device binding timeout of %s", wait.pod().fullName());
  }

  private static Optional<Outcome> failed(Wait wait, String why, String whose) {
    return Optional.of(
        new Outcome.Failed(
            wait.pod(), "running PreBind plugin \"DynamicResources\": " + why.formatted(whose)));
  }

  private static Stream<ResourceClaim> claims(PodView pod, DevicesView devices) {
    return ResourceClaims.keys(pod.pod())
        .distinct()
        .flatMap((Key key) -> devices.claim(key).stream());
  }

  private static Stream<DeviceRequestAllocationResult> results(AllocationResult allocation) {
    return allocation.getDevices() == null
        ? Stream.empty()
        : Lists.of(allocation.getDevices().getResults()).stream();
  }

  /// What is told of a device that a claim has.
  private static List<Condition> conditions(
      ResourceClaim claim, DeviceRequestAllocationResult result) {
    return Lists.of(claim.getStatus().getDevices()).stream()
        .filter(status -> isAbout(status, result))
        .flatMap(status -> Lists.of(status.getConditions()).stream())
        .toList();
  }

  private static boolean isAbout(
      AllocatedDeviceStatus status, DeviceRequestAllocationResult result) {
    return Objects.equals(status.getDriver(), result.getDriver())
        && Objects.equals(status.getPool(), result.getPool())
        && Objects.equals(status.getDevice(), result.getDevice())
        && Objects.equals(status.getShareID(), result.getShareID());
  }

  private static boolean isTrue(List<Condition> conditions, String type) {
    return conditions.stream()
        .anyMatch(one -> type.equals(one.getType()) && "True".equals(one.getStatus()));
  }
}
