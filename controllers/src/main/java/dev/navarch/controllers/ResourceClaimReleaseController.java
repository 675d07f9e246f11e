package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.ResourceClaims;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimConsumerReference;
import java.util.List;
import java.util.Optional;

/// Takes pods that are done off the claims that they used. A claim whose last user went loses its
/// devices, so that others get them; one that was made for a pod goes when its pod is done.
final class ResourceClaimReleaseController implements Reconciler<ResourceClaim> {
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final Finalizers protection;

  private ResourceClaimReleaseController(Informers on, Cluster cluster) {
    this.pods = on.lister(Pod.class);
    this.cluster = cluster;
    this.protection = new Finalizers(cluster, ResourceClaims.FINALIZER);
  }

  static Controller register(Informers on, Cluster cluster) {
    return Controller.of(ResourceClaim.class, new ResourceClaimReleaseController(on, cluster))
        .name("resource_claim_release")
        .workers(5)
        .watches(Pod.class, ResourceClaims::keys);
  }

  @Override
  public Result reconcile(ResourceClaim claim) {
    List<ResourceClaimConsumerReference> before = ResourceClaims.reservedFor(claim);
    List<ResourceClaimConsumerReference> users =
        before.stream().filter(user -> stillUses(user, claim)).toList();
    boolean abandoned = users.isEmpty() && protection.isOn(claim);
    if (users.size() < before.size()) {
      release(claim, users, abandoned);
    } else if (abandoned && (Pods.isDeleting(claim) || !ResourceClaims.isAllocated(claim))) {
      release(claim, users, true);
    }
    if (users.isEmpty()
        && !Pods.isDeleting(claim)
        && owner(claim).filter(Pods::isFinished).isPresent()) {
      cluster.delete(claim);
    }
    return Result.done();
  }

  /// What is no pod is kept: nobody here knows when it is done.
  private boolean stillUses(ResourceClaimConsumerReference user, ResourceClaim claim) {
    if (!ResourceClaims.isPod(user)) {
      return true;
    }
    Key key = new Key(claim.getMetadata().getNamespace(), user.getName());
    return pods.find(key)
        .or(() -> cluster.find(PODS, key))
        .filter(pod -> pod.getMetadata().getUid().equals(user.getUid()))
        .filter(pod -> !isDone(pod))
        .isPresent();
  }

  /// Finished, or deleted before it had a node.
  private static boolean isDone(Pod pod) {
    String node = pod.getSpec().getNodeName();
    return Pods.isFinished(pod) || (Pods.isDeleting(pod) && (node == null || node.isEmpty()));
  }

  private void release(
      ResourceClaim claim, List<ResourceClaimConsumerReference> users, boolean abandoned) {
    ResourceClaim left = claim;
    if (users.size() < ResourceClaims.reservedFor(claim).size()
        || (abandoned && ResourceClaims.isAllocated(claim))) {
      ResourceClaim changed = Objects.copy(claim);
      changed.getStatus().setReservedFor(users);
      if (abandoned) {
        changed.getStatus().setAllocation(null);
        changed.getStatus().setDevices(List.of());
      }
      left = cluster.updateStatus(changed);
    }
    if (abandoned) {
      protection.remove(left);
    }
  }

  private Optional<Pod> owner(ResourceClaim claim) {
    return OwnerReferences.controllerOf(claim)
        .filter(reference -> reference.getKind().equals("Pod"))
        .flatMap(
            reference ->
                pods.find(claim.getMetadata().getNamespace(), reference.getName())
                    .filter(pod -> pod.getMetadata().getUid().equals(reference.getUid())));
  }
}
