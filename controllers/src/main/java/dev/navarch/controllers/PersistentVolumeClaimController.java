package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import dev.navarch.client.StorageClasses;
import dev.navarch.client.VolumeMatching;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Gives each claim a volume: one that is there and right for it, else one that the provisioner of
/// its class is asked for. Once a claim has its volume it keeps it, or is lost with it.
final class PersistentVolumeClaimController implements Reconciler<PersistentVolumeClaim> {
  private static final String PROVISIONER = "volume.kubernetes.io/storage-provisioner";
  private static final String BETA_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner";
  private static final Duration REMIND = Duration.ofSeconds(15);

  private final Lister<PersistentVolume> volumes;
  private final Lister<PersistentVolumeClaim> claims;
  private final Lister<StorageClass> classes;
  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final EventRecorder events;
  private final VolumeBinding binding;

  private PersistentVolumeClaimController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.volumes = on.lister(PersistentVolume.class);
    this.claims = on.lister(PersistentVolumeClaim.class);
    this.classes = on.lister(StorageClass.class);
    this.pods = on.lister(Pod.class);
    this.cluster = cluster;
    this.events = events.as("persistentvolume-controller");
    this.binding = new VolumeBinding(cluster, clock);
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var controller = new PersistentVolumeClaimController(on, cluster, events, clock);
    return Controller.of(PersistentVolumeClaim.class, controller)
        .name("persistentvolumeclaim_binder")
        .watches(PersistentVolume.class, controller::concernedBy)
        .watches(StorageClass.class, storageClass -> controller.unbound());
  }

  private Stream<Key> concernedBy(PersistentVolume volume) {
    var reference = volume.getSpec().getClaimRef();
    return reference != null
        ? Stream.of(new Key(reference.getNamespace(), reference.getName()))
        : unbound();
  }

  private Stream<Key> unbound() {
    return claims.all().filter(claim -> !VolumeBinding.phase(claim).equals("Bound")).map(Key::of);
  }

  @Override
  public Result reconcile(PersistentVolumeClaim claim) {
    if (VolumeBinding.has(claim, VolumeBinding.BIND_COMPLETED)) {
      return keep(claim);
    }
    return VolumeMatching.isEmpty(claim.getSpec().getVolumeName()) ? search(claim) : take(claim);
  }

  /// Bound before: stays so, or has lost its volume.
  private Result keep(PersistentVolumeClaim claim) {
    String name = claim.getSpec().getVolumeName();
    if (VolumeMatching.isEmpty(name)) {
      return lost(
          claim,
          "ClaimLost",
          "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
    }
    Optional<PersistentVolume> volume = volumes.find("", name);
    if (volume.isEmpty()) {
      return lost(
          claim,
          "ClaimLost",
          "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
    }
    if (volume.get().getSpec().getClaimRef() != null
        && !VolumeMatching.isBoundTo(volume.get(), claim)) {
      return lost(
          claim,
          "ClaimMisbound",
          "Two claims are bound to the same volume, this one is bound incorrectly");
    }
    binding.bind(volume.get(), claim);
    return Result.done();
  }

  private Result lost(PersistentVolumeClaim claim, String reason, String message) {
    if (!"Lost".equals(VolumeBinding.phase(claim))) {
      binding.setPhase(claim, "Lost");
      events.warning(claim, reason, message);
    }
    return Result.done();
  }

  /// Names its volume itself.
  private Result take(PersistentVolumeClaim claim) {
    String name = claim.getSpec().getVolumeName();
    Optional<PersistentVolume> found = volumes.find("", name);
    if (found.isEmpty()) {
      return pending(claim);
    }
    PersistentVolume volume = found.get();
    if (volume.getSpec().getClaimRef() == null) {
      Optional<String> mismatch = VolumeMatching.mismatch(claim, volume);
      if (mismatch.isPresent()) {
        events.warning(
            claim,
            "VolumeMismatch",
            "Cannot bind to requested volume \"%s\": %s".formatted(name, mismatch.get()));
        return pending(claim);
      }
      binding.bind(volume, claim);
    } else if (VolumeMatching.isReservedFor(volume, claim)) {
      binding.bind(volume, claim);
    } else {
      events.warning(
          claim,
          "FailedBinding",
          "volume \"%s\" already bound to a different claim.".formatted(name));
      return pending(claim);
    }
    return Result.done();
  }

  private Result search(PersistentVolumeClaim claim) {
    Optional<StorageClass> storageClass = classes.find("", StorageClasses.of(claim));
    boolean waits =
        storageClass.filter(StorageClasses::waitsForConsumer).isPresent()
            && !VolumeBinding.has(claim, StorageClasses.SELECTED_NODE);
    Optional<PersistentVolume> best = VolumeMatching.best(claim, volumes.all(), waits);
    if (best.isPresent()) {
      binding.bind(best.get(), claim);
      return Result.done();
    }
    if (StorageClasses.isUnset(claim) && giveStandardClass(claim)) {
      return Result.done();
    }
    if (waits) {
      tellWhatIsWaitedFor(claim);
    } else if (!StorageClasses.of(claim).isEmpty()) {
      provision(claim, storageClass);
    } else {
      events.normal(
          claim,
          "FailedBinding",
          "no persistent volumes available for this claim and no storage class is set");
    }
    return pending(claim);
  }

  /// A claim that named no class gets the default one, also when that came later.
  private boolean giveStandardClass(PersistentVolumeClaim claim) {
    Optional<StorageClass> standard = StorageClasses.standard(classes);
    standard.ifPresent(
        storageClass -> {
          PersistentVolumeClaim changed = Objects.copy(claim);
          changed.getSpec().setStorageClassName(storageClass.getMetadata().getName());
          cluster.update(changed);
        });
    return standard.isPresent();
  }

  private void tellWhatIsWaitedFor(PersistentVolumeClaim claim) {
    Optional<Pod> consumer =
        pods.in(claim.getMetadata().getNamespace())
            .filter(pod -> VolumeBinding.phase(claim).equals("Pending"))
            .filter(pod -> PodClaims.names(pod).anyMatch(claim.getMetadata().getName()::equals))
            .filter(pod -> VolumeMatching.isEmpty(pod.getSpec().getNodeName()))
            .findFirst();
    if (consumer.isPresent()) {
      events.normal(
          claim,
          "WaitForPodScheduled",
          "waiting for pod %s to be scheduled".formatted(consumer.get().getMetadata().getName()));
    } else {
      events.normal(
          claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
    }
  }

  /// Provisioners run outside: they see by the annotation that they are asked.
  private void provision(PersistentVolumeClaim claim, Optional<StorageClass> storageClass) {
    if (storageClass.isEmpty()) {
      events.warning(
          claim,
          "ProvisioningFailed",
          "storageclass.storage.k8s.io \"%s\" not found".formatted(StorageClasses.of(claim)));
      return;
    }
    String provisioner = storageClass.get().getProvisioner();
    if (provisioner.equals(StorageClasses.NO_PROVISIONER)) {
      events.warning(
          claim,
          "ProvisioningFailed",
          "no volume plugin matched name: " + StorageClasses.NO_PROVISIONER);
      return;
    }
    var annotations = claim.getMetadata().getAnnotations();
    if (annotations == null || !provisioner.equals(annotations.get(PROVISIONER))) {
      PersistentVolumeClaim changed = Objects.copy(claim);
      Map<String, String> asked =
          annotations == null ? new HashMap<>() : new HashMap<>(annotations);
      asked.put(PROVISIONER, provisioner);
      asked.put(BETA_PROVISIONER, provisioner);
      changed.getMetadata().setAnnotations(asked);
      cluster.update(changed);
    }
    events.normal(
        claim,
        "ExternalProvisioning",
        "Waiting for a volume to be created either by the external provisioner '%s' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
            .formatted(provisioner));
  }

  private Result pending(PersistentVolumeClaim claim) {
    if (VolumeBinding.phase(claim).isEmpty()) {
      binding.setPhase(claim, "Pending");
    }
    return Result.after(REMIND);
  }
}
