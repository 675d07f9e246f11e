package dev.navarch.controllers;

import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Lister;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import dev.navarch.client.VolumeMatching;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;

/// Tells who is to make a bound claim larger: resizers run outside, beside their drivers.
final class ClaimExpansionController implements Reconciler<PersistentVolumeClaim> {
  private final Lister<PersistentVolume> volumes;
  private final EventRecorder events;

  private ClaimExpansionController(Informers on, EventRecorder events) {
    this.volumes = on.lister(PersistentVolume.class);
    this.events = events.as("volume_expand");
  }

  static Controller register(Informers on, EventRecorder events) {
    return Controller.of(PersistentVolumeClaim.class, new ClaimExpansionController(on, events))
        .name("volume_expand");
  }

  @Override
  public Result reconcile(PersistentVolumeClaim claim) {
    if (Pods.isDeleting(claim)
        || !VolumeBinding.phase(claim).equals("Bound")
        || VolumeMatching.storage(claim.getSpec().getResources().getRequests())
                .compareTo(VolumeMatching.storage(claim.getStatus().getCapacity()))
            <= 0) {
      return Result.done();
    }
    volumes
        .find("", claim.getSpec().getVolumeName())
        .filter(volume -> asksMore(claim, volume))
        .ifPresent(
            volume ->
                events.normal(
                    claim,
                    "ExternalExpanding",
                    volume.getSpec().getCsi() != null
                        ? "waiting for an external controller to expand this PVC"
                        : "didn't find a plugin capable of expanding the volume; waiting for an"
                            + " external controller to process this PVC"));
    return Result.done();
  }

  private static boolean asksMore(PersistentVolumeClaim claim, PersistentVolume volume) {
    return VolumeMatching.storage(claim.getSpec().getResources().getRequests())
            .compareTo(VolumeMatching.storage(volume.getSpec().getCapacity()))
        > 0;
  }
}
