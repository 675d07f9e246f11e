package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import dev.navarch.client.VolumeMatching;
import io.fabric8.kubernetes.api.model.PersistentVolume;

/// Keeps a volume that is deleted while a claim is bound to it.
record VolumeProtectionController(Finalizers protection) implements Reconciler<PersistentVolume> {

  static Controller register(Cluster cluster) {
    var protection = new Finalizers(cluster, "kubernetes.io/pv-protection");
    return Controller.of(PersistentVolume.class, new VolumeProtectionController(protection))
        .name("pv_protection");
  }

  @Override
  public Result reconcile(PersistentVolume volume) {
    if (!Pods.isDeleting(volume)) {
      if (!protection.isOn(volume)) {
        protection.add(volume);
      }
    } else if (protection.isOn(volume) && !VolumeMatching.phase(volume).equals("Bound")) {
      protection.remove(volume);
    }
    return Result.done();
  }
}
