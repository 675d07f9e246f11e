package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How claims find their volumes and keep them, and what becomes of both.
class PersistentVolumesTest {
  private final Simulation simulation = new Simulation();
  private final RecordedEvents events = new RecordedEvents();

  @BeforeEach
  void start() {
    var on = simulation.informers();
    var cluster = simulation.cluster();
    var clock = simulation.clock();
    simulation
        .with(PersistentVolumeClaimController.register(on, cluster, events, clock))
        .with(PersistentVolumeController.register(on, cluster, events, clock))
        .with(ClaimProtectionController.register(on, cluster))
        .with(VolumeProtectionController.register(cluster))
        .with(EphemeralVolumeController.register(on, cluster, events))
        .with(ClaimExpansionController.register(on, events));
  }

  @Test
  void aClaimGetsTheSmallestVolumeThatHasAllItAsksFor() {
    volume("large", "10Gi", "slow");
    volume("small", "1Gi", "slow");
    volume("right", "3Gi", "slow");
    volume("other-class", "2Gi", "fast");
    simulation.settle();
    claim("data", "2Gi", "slow");
    simulation.settle();

    assertThat(claim("data").getSpec().getVolumeName()).isEqualTo("right");
    assertThat(claim("data").getStatus().getPhase()).isEqualTo("Bound");
    assertThat(claim("data").getStatus().getCapacity())
        .containsEntry("storage", new Quantity("3Gi"));
    assertThat(claim("data").getStatus().getAccessModes()).containsExactly("ReadWriteOnce");
    assertThat(claim("data").getMetadata().getAnnotations())
        .containsEntry("pv.kubernetes.io/bind-completed", "yes")
        .containsEntry("pv.kubernetes.io/bound-by-controller", "yes");
    assertThat(volume("right").getStatus().getPhase()).isEqualTo("Bound");
    assertThat(volume("right").getSpec().getClaimRef().getUid())
        .isEqualTo(claim("data").getMetadata().getUid());
    assertThat(volume("large").getStatus().getPhase()).isEqualTo("Available");
  }

  @Test
  void modesAndSelectorNarrowTheChoice() {
    volume("once", "1Gi", "slow");
    simulation
        .cluster()
        .create(
            new PersistentVolumeBuilder(bare("labelled", "9Gi", "slow"))
                .editMetadata()
                .addToLabels("disk", "ssd")
                .endMetadata()
                .build());
    simulation
        .cluster()
        .create(
            new PersistentVolumeClaimBuilder(bareClaim("picky", "1Gi", "slow"))
                .editSpec()
                .withNewSelector()
                .addToMatchLabels("disk", "ssd")
                .endSelector()
                .endSpec()
                .build());
    simulation
        .cluster()
        .create(
            new PersistentVolumeClaimBuilder(bareClaim("shared", "1Gi", "slow"))
                .editSpec()
                .withAccessModes("ReadWriteMany")
                .endSpec()
                .build());
    simulation.settle();

    assertThat(claim("picky").getSpec().getVolumeName()).isEqualTo("labelled");
    assertThat(claim("shared").getStatus().getPhase()).isEqualTo("Pending");
  }

  @Test
  void twoClaimsNeverShareAVolume() {
    claim("a", "1Gi", "slow");
    claim("b", "1Gi", "slow");
    simulation.settle();
    volume("only", "1Gi", "slow");
    simulation.settle();

    List<String> phases =
        List.of(claim("a").getStatus().getPhase(), claim("b").getStatus().getPhase());
    assertThat(phases).containsExactlyInAnyOrder("Bound", "Pending");
  }

  @Test
  void aReservedVolumeWaitsForItsClaimAlone() {
    simulation
        .cluster()
        .create(
            new PersistentVolumeBuilder(bare("kept", "5Gi", "slow"))
                .editSpec()
                .withNewClaimRef()
                .withNamespace("default")
                .withName("mine")
                .endClaimRef()
                .endSpec()
                .build());
    claim("other", "1Gi", "slow");
    simulation.settle();

    assertThat(claim("other").getStatus().getPhase()).isEqualTo("Pending");
    assertThat(volume("kept").getStatus().getPhase()).isEqualTo("Available");
    claim("mine", "1Gi", "slow");
    simulation.settle();

    assertThat(claim("mine").getSpec().getVolumeName()).isEqualTo("kept");
    assertThat(volume("kept").getMetadata().getAnnotations()).isNullOrEmpty();
  }

  @Test
  void aClaimThatNamesAnUnsuitableVolumeIsToldWhy() {
    volume("tiny", "1Gi", "slow");
    simulation
        .cluster()
        .create(
            new PersistentVolumeClaimBuilder(bareClaim("data", "2Gi", "slow"))
                .editSpec()
                .withVolumeName("tiny")
                .endSpec()
                .build());
    simulation.settle();

    assertThat(claim("data").getStatus().getPhase()).isEqualTo("Pending");
    assertThat(events.lines())
        .contains(
            "Warning VolumeMismatch Cannot bind to requested volume \"tiny\": requested PV is too"
                + " small");
  }

  @Test
  void aReleasedVolumeIsKeptAndGivenToNobody() {
    volume("disk", "1Gi", "slow");
    claim("data", "1Gi", "slow");
    simulation.settle();
    simulation.cluster().delete(claim("data"));
    simulation.settle();

    assertThat(simulation.cluster().all(PersistentVolumeClaim.class)).isEmpty();
    assertThat(volume("disk").getStatus().getPhase()).isEqualTo("Released");
    claim("data", "1Gi", "slow");
    simulation.settle();

    assertThat(claim("data").getStatus().getPhase()).isEqualTo("Pending");
    PersistentVolume freed = Objects.copy(volume("disk"));
    freed.getSpec().setClaimRef(null);
    simulation.cluster().update(freed);
    simulation.settle();

    assertThat(claim("data").getStatus().getPhase()).isEqualTo("Bound");
  }

  @Test
  void aClaimWithoutItsVolumeIsLost() {
    volume("disk", "1Gi", "slow");
    claim("data", "1Gi", "slow");
    simulation.settle();
    PersistentVolume unprotected = Objects.copy(volume("disk"));
    unprotected.getMetadata().setFinalizers(List.of());
    simulation.cluster().update(unprotected);
    simulation.cluster().delete(volume("disk"));
    simulation.settle();

    assertThat(claim("data").getStatus().getPhase()).isEqualTo("Lost");
    assertThat(events.lines())
        .contains(
            "Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is"
                + " lost!");
  }

  @Test
  void nothingIsDeletedThatIsInUse() {
    volume("disk", "1Gi", "slow");
    claim("data", "1Gi", "slow");
    simulation.settle();
    simulation.cluster().given(user("user", "data", "node-1"));
    simulation.cluster().delete(claim("data"));
    simulation.cluster().delete(volume("disk"));
    simulation.settle();

    assertThat(Pods.isDeleting(claim("data"))).isTrue();
    assertThat(Pods.isDeleting(volume("disk"))).isTrue();
    simulation
        .cluster()
        .delete(
            Resource.of(Pod.class),
            new Key("default", "user"),
            new Cluster.DeleteOptions(Duration.ZERO, null, null, null));
    simulation.settle();

    assertThat(simulation.cluster().all(PersistentVolumeClaim.class)).isEmpty();
    assertThat(simulation.cluster().all(PersistentVolume.class)).isEmpty();
  }

  @Test
  void aProvisionerIsAskedByAnnotation() {
    storageClass("made", "example.com/maker", "Immediate", false);
    claim("data", "1Gi", "made");
    simulation.settle();

    assertThat(claim("data").getMetadata().getAnnotations())
        .containsEntry("volume.kubernetes.io/storage-provisioner", "example.com/maker")
        .containsEntry("volume.beta.kubernetes.io/storage-provisioner", "example.com/maker");
    assertThat(events.lines())
        .anyMatch(line -> line.startsWith("Normal ExternalProvisioning Waiting for a volume"));
  }

  @Test
  void aClassThatWaitsNeedsAConsumerAndANode() {
    storageClass("late", "example.com/maker", "WaitForFirstConsumer", false);
    volume("disk", "1Gi", "late");
    claim("data", "1Gi", "late");
    simulation.settle();

    assertThat(claim("data").getStatus().getPhase()).isEqualTo("Pending");
    assertThat(volume("disk").getSpec().getClaimRef()).isNull();
    assertThat(events.lines())
        .contains(
            "Normal WaitForFirstConsumer waiting for first consumer to be created before binding");
    PersistentVolumeClaim selected = Objects.copy(claim("data"));
    selected.getMetadata().setAnnotations(Map.of("volume.kubernetes.io/selected-node", "node-1"));
    simulation.cluster().update(selected);
    simulation.settle();

    assertThat(claim("data").getStatus().getPhase()).isEqualTo("Bound");
  }

  @Test
  void aClaimWithoutAClassGetsTheDefaultOneEvenLater() {
    claim("data", "1Gi", null);
    claim("none", "1Gi", "");
    simulation.settle();

    assertThat(events.lines())
        .contains(
            "Normal FailedBinding no persistent volumes available for this claim and no storage"
                + " class is set");
    storageClass("standard", "example.com/maker", "Immediate", true);
    simulation.settle();

    assertThat(claim("data").getSpec().getStorageClassName()).isEqualTo("standard");
    assertThat(claim("none").getSpec().getStorageClassName()).isEmpty();
  }

  @Test
  void deletionWithoutAProvisionerFailsAndSaysSo() {
    simulation
        .cluster()
        .create(
            new PersistentVolumeBuilder(bare("disk", "1Gi", "slow"))
                .editSpec()
                .withPersistentVolumeReclaimPolicy("Delete")
                .endSpec()
                .build());
    claim("data", "1Gi", "slow");
    simulation.settle();
    simulation.cluster().delete(claim("data"));
    simulation.settle();

    assertThat(volume("disk").getStatus().getPhase()).isEqualTo("Failed");
    assertThat(volume("disk").getStatus().getMessage()).contains("no deletable volume plugin");
  }

  @Test
  void aPodsOwnClaimIsMadeForItAndForNobodyElse() {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("user")
            .endMetadata()
            .withNewSpec()
            .addNewVolume()
            .withName("scratch")
            .withNewEphemeral()
            .withNewVolumeClaimTemplate()
            .withNewMetadata()
            .addToLabels("kind", "scratch")
            .endMetadata()
            .withSpec(bareClaim("x", "1Gi", "slow").getSpec())
            .endVolumeClaimTemplate()
            .endEphemeral()
            .endVolume()
            .endSpec()
            .build();
    simulation.cluster().create(pod);
    simulation.settle();

    PersistentVolumeClaim made = claim("user-scratch");
    assertThat(made.getMetadata().getLabels()).containsEntry("kind", "scratch");
    assertThat(made.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(owner -> assertThat(owner.getController()).isTrue());
    claim("second-scratch", "1Gi", "slow");
    pod.getMetadata().setName("second");
    simulation.cluster().create(pod);
    simulation.settle();

    assertThat(events.lines())
        .contains(
            "Warning FailedBinding ephemeral volume scratch: PVC default/second-scratch was not"
                + " created for pod default/second (pod is not owner)");
  }

  private void volume(String name, String size, String storageClass) {
    simulation.cluster().create(bare(name, size, storageClass));
  }

  private static PersistentVolume bare(String name, String size, String storageClass) {
    return new PersistentVolumeBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .addToCapacity("storage", new Quantity(size))
        .withAccessModes("ReadWriteOnce")
        .withPersistentVolumeReclaimPolicy("Retain")
        .withStorageClassName(storageClass)
        .withVolumeMode("Filesystem")
        .withNewHostPath("/data/" + name, "")
        .endSpec()
        .build();
  }

  private void claim(String name, String size, @Nullable String storageClass) {
    simulation.cluster().create(bareClaim(name, size, storageClass));
  }

  private static PersistentVolumeClaim bareClaim(
      String name, String size, @Nullable String storageClass) {
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withStorageClassName(storageClass)
        .withVolumeMode("Filesystem")
        .withNewResources()
        .addToRequests("storage", new Quantity(size))
        .endResources()
        .endSpec()
        .build();
  }

  private void storageClass(String name, String provisioner, String mode, boolean standard) {
    simulation
        .cluster()
        .create(
            new StorageClassBuilder()
                .withNewMetadata()
                .withName(name)
                .addToAnnotations(
                    "storageclass.kubernetes.io/is-default-class", String.valueOf(standard))
                .endMetadata()
                .withProvisioner(provisioner)
                .withVolumeBindingMode(mode)
                .build());
  }

  private static Pod user(String name, String claim, String node) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNodeName(node)
        .addNewVolume()
        .withName("data")
        .withNewPersistentVolumeClaim(claim, false)
        .endVolume()
        .endSpec()
        .build();
  }

  private PersistentVolumeClaim claim(String name) {
    return simulation.cluster().find(PersistentVolumeClaim.class, "default", name).orElseThrow();
  }

  private PersistentVolume volume(String name) {
    return simulation.cluster().find(PersistentVolume.class, "", name).orElseThrow();
  }
}
