package dev.navarch.client;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodResourceClaim;
import io.fabric8.kubernetes.api.model.PodResourceClaimStatus;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimConsumerReference;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimStatus;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which ResourceClaim stands behind an entry of a pod's `resourceClaims`, and who uses it.
public final class ResourceClaims {
  /// Keeps a claim that has devices from going away.
  public static final String FINALIZER = "resource.kubernetes.io/delete-protection";

  /// How many may use a claim at a time.
  public static final int MOST_CONSUMERS = 256;

  private ResourceClaims() {}

  /// What an entry of a pod leads to.
  public sealed interface Named {
    /// @param made whether it was made for the pod from a template, and must be owned by it
    record Claim(String name, boolean made) implements Named {}

    /// It is made from a template, and that has not happened yet.
    record NotYetMade() implements Named {}

    /// It was found that none is needed.
    record NotNeeded() implements Named {}
  }

  public static Named named(Pod pod, PodResourceClaim entry) {
    if (isSet(entry.getResourceClaimName())) {
      return new Named.Claim(entry.getResourceClaimName(), false);
    }
    List<PodResourceClaimStatus> statuses =
        pod.getStatus() == null || pod.getStatus().getResourceClaimStatuses() == null
            ? List.of()
            : pod.getStatus().getResourceClaimStatuses();
    Optional<PodResourceClaimStatus> status =
        statuses.stream().filter(one -> entry.getName().equals(one.getName())).findFirst();
    if (status.isEmpty()) {
      return new Named.NotYetMade();
    }
    String name = status.get().getResourceClaimName();
    return isSet(name) ? new Named.Claim(name, true) : new Named.NotNeeded();
  }

  public static List<PodResourceClaim> entries(Pod pod) {
    return pod.getSpec().getResourceClaims() == null
        ? List.of()
        : pod.getSpec().getResourceClaims();
  }

  /// The claims of a pod that have names by now.
  public static Stream<Key> keys(Pod pod) {
    return entries(pod).stream()
        .map(entry -> named(pod, entry))
        .filter(Named.Claim.class::isInstance)
        .map(named -> new Key(pod.getMetadata().getNamespace(), ((Named.Claim) named).name()));
  }

  public static boolean isAllocated(ResourceClaim claim) {
    return claim.getStatus() != null && claim.getStatus().getAllocation() != null;
  }

  public static List<ResourceClaimConsumerReference> reservedFor(ResourceClaim claim) {
    ResourceClaimStatus status = claim.getStatus();
    return status == null || status.getReservedFor() == null ? List.of() : status.getReservedFor();
  }

  public static boolean isReservedFor(ResourceClaim claim, Pod pod) {
    return reservedFor(claim).stream()
        .anyMatch(one -> one.getUid().equals(pod.getMetadata().getUid()));
  }

  public static boolean canBeReserved(ResourceClaim claim) {
    return reservedFor(claim).size() < MOST_CONSUMERS;
  }

  public static boolean isPod(ResourceClaimConsumerReference consumer) {
    return !isSet(consumer.getApiGroup()) && "pods".equals(consumer.getResource());
  }

  public static ResourceClaimConsumerReference consumer(Pod pod) {
    var consumer = new ResourceClaimConsumerReference();
    consumer.setResource("pods");
    consumer.setName(pod.getMetadata().getName());
    consumer.setUid(pod.getMetadata().getUid());
    return consumer;
  }

  private static boolean isSet(@Nullable String text) {
    return text != null && !text.isEmpty();
  }
}
