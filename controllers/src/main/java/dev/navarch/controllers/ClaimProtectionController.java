package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Lister;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import dev.navarch.client.VolumeMatching;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;

/// Keeps a claim that is deleted until no pod uses it: nobody's storage goes from under a process.
final class ClaimProtectionController implements Reconciler<PersistentVolumeClaim> {
  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final Finalizers protection;

  private ClaimProtectionController(Informers on, Cluster cluster) {
    this.pods = on.lister(Pod.class);
    this.cluster = cluster;
    this.protection = new Finalizers(cluster, "kubernetes.io/pvc-protection");
  }

  static Controller register(Informers on, Cluster cluster) {
    return Controller.of(PersistentVolumeClaim.class, new ClaimProtectionController(on, cluster))
        .name("pvc_protection")
        .watches(Pod.class, PodClaims::keys);
  }

  @Override
  public Result reconcile(PersistentVolumeClaim claim) {
    if (!Pods.isDeleting(claim)) {
      if (!protection.isOn(claim)) {
        protection.add(claim);
      }
    } else if (protection.isOn(claim) && !isUsed(claim)) {
      protection.remove(claim);
    }
    return Result.done();
  }

  /// By the cache, and where that shows nobody, by the server itself.
  private boolean isUsed(PersistentVolumeClaim claim) {
    String namespace = claim.getMetadata().getNamespace();
    return pods.in(namespace).anyMatch(pod -> uses(pod, claim))
        || cluster.list(Resource.of(Pod.class), Cluster.ListOptions.in(namespace)).items().stream()
            .anyMatch(pod -> uses(pod, claim));
  }

  /// A pod that has no node yet will not be started with a claim that is on its way out.
  private static boolean uses(Pod pod, PersistentVolumeClaim claim) {
    return !VolumeMatching.isEmpty(pod.getSpec().getNodeName())
        && PodClaims.names(pod).anyMatch(claim.getMetadata().getName()::equals);
  }
}
