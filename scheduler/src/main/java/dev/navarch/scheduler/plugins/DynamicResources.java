package dev.navarch.scheduler.plugins;

import dev.navarch.client.Key;
import dev.navarch.client.NodeSelectors;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.ResourceClaims;
import dev.navarch.client.ResourceClaims.Named;
import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.DevicePlan;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import dev.navarch.scheduler.devices.Allocator;
import dev.navarch.scheduler.devices.CannotAllocate;
import dev.navarch.scheduler.devices.DevicesView;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.PodResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Keeps a pod to nodes from which the devices of its claims are reached, or can be given to them.
public record DynamicResources() implements FilterPlugin {
  private static final Verdict OUT_OF_REACH =
      new Verdict.Unfit("resourceclaim not available on the node");
  private static final Verdict NOTHING_FREE = new Verdict.Unfit("cannot allocate all claims");

  @Override
  public String name() {
    return "DynamicResources";
  }

  @Override
  public Optional<String> refusal(PodView pod, Snapshot snapshot) {
    List<PodResourceClaim> entries = ResourceClaims.entries(pod.pod());
    if (entries.isEmpty()) {
      return Optional.empty();
    }
    return entries.stream()
        .flatMap(entry -> refusal(pod, entry, snapshot.devices()).stream())
        .findFirst()
        .or(() -> unreadable(without(pod, snapshot.devices()), snapshot.devices()));
  }

  private static Optional<String> unreadable(List<ResourceClaim> claims, DevicesView devices) {
    try {
      Allocator.check(devices, claims);
      return Optional.empty();
    } catch (CannotAllocate e) {
      return Optional.of(e.why());
    }
  }

  private static Optional<String> refusal(
      PodView pod, PodResourceClaim entry, DevicesView devices) {
    return switch (ResourceClaims.named(pod.pod(), entry)) {
      case Named.NotNeeded _ -> Optional.empty();
      case Named.NotYetMade _ ->
          Optional.of("pod \"%s\": ResourceClaim not created yet".formatted(pod.fullName()));
      case Named.Claim(String name, boolean made) -> {
        Optional<ResourceClaim> found = devices.claim(new Key(pod.namespace(), name));
        yield found.isEmpty()
            ? Optional.of("resourceclaim.resource.k8s.io \"%s\" not found".formatted(name))
            : devices.isBeingAllocated(found.get())
                ? Optional.of(
                    "resource claim %s is in the process of being allocated".formatted(name))
                : refusal(pod, found.get(), made);
      }
    };
  }

  private static Optional<String> refusal(PodView pod, ResourceClaim claim, boolean made) {
    String name = claim.getMetadata().getName();
    if (made && !OwnerReferences.isControlledBy(claim, pod.pod())) {
      return Optional.of(
          "ResourceClaim %s/%s was not created for pod %s (pod is not owner)"
              .formatted(pod.namespace(), name, pod.fullName()));
    }
    if (claim.getMetadata().getDeletionTimestamp() != null) {
      return Optional.of("resourceclaim \"%s\" is being deleted".formatted(name));
    }
    return ResourceClaims.isReservedFor(claim, pod.pod()) || ResourceClaims.canBeReserved(claim)
        ? Optional.empty()
        : Optional.of("resourceclaim in use");
  }

  @Override
  public Filter prepare(PodView pod, Snapshot snapshot) {
    DevicesView devices = snapshot.devices();
    List<ResourceClaim> claims = claims(pod, devices).toList();
    if (claims.isEmpty()) {
      return node -> Verdict.FITS;
    }
    List<ResourceClaim> waiting = without(pod, devices);
    Allocator allocator = new Allocator(devices, waiting);
    return node -> {
      if (!claims.stream().allMatch(claim -> reaches(node, claim))) {
        return OUT_OF_REACH;
      }
      try {
        return waiting.isEmpty() || allocator.allocate(node).isPresent()
            ? Verdict.FITS
            : NOTHING_FREE;
      } catch (CannotAllocate e) {
        return new Verdict.Unfit(e.why());
      }
    };
  }

  /// What is to be done for the pod's claims, now that it has this node.
  public static DevicePlan plan(PodView pod, NodeView node, DevicesView devices) {
    List<ResourceClaim> claims = claims(pod, devices).toList();
    if (claims.isEmpty()) {
      return DevicePlan.NONE;
    }
    List<ResourceClaim> waiting = without(pod, devices);
    List<AllocationResult> given =
        new Allocator(devices, waiting)
            .allocate(node)
            .orElseThrow(() -> new CannotAllocate("cannot allocate all claims"));
    List<DevicePlan.Step> steps = new ArrayList<>();
    for (int i = 0; i < waiting.size(); i++) {
      steps.add(new DevicePlan.Step(waiting.get(i), Optional.of(given.get(i))));
    }
    claims.stream()
        .filter(ResourceClaims::isAllocated)
        .filter(claim -> !ResourceClaims.isReservedFor(claim, pod.pod()))
        .forEach(claim -> steps.add(new DevicePlan.Step(claim, Optional.empty())));
    return new DevicePlan(List.copyOf(steps));
  }

  /// Claims whose devices keep the pod from every node, though nobody else uses them.
  public static List<ResourceClaim> inTheWay(PodView pod, Snapshot snapshot) {
    return claims(pod, snapshot.devices())
        .filter(ResourceClaims::isAllocated)
        .filter(claim -> claim.getStatus().getAllocation().getNodeSelector() != null)
        .filter(
            claim ->
                ResourceClaims.reservedFor(claim).stream()
                    .allMatch(user -> user.getUid().equals(pod.uid())))
        .toList();
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(ClusterEvent.DEVICES_CHANGED, ClusterEvent.NODE_LABELS_CHANGED);
  }

  private static Stream<ResourceClaim> claims(PodView pod, DevicesView devices) {
    return ResourceClaims.keys(pod.pod()).distinct().flatMap(key -> devices.claim(key).stream());
  }

  private static List<ResourceClaim> without(PodView pod, DevicesView devices) {
    return claims(pod, devices).filter(claim -> !ResourceClaims.isAllocated(claim)).toList();
  }

  private static boolean reaches(NodeView node, ResourceClaim claim) {
    NodeSelector nodes =
        ResourceClaims.isAllocated(claim)
            ? claim.getStatus().getAllocation().getNodeSelector()
            : null;
    return nodes == null || NodeSelectors.admits(nodes, node.name(), node.labels());
  }
}
