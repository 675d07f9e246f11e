package dev.navarch.tests.nodes;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.ListOptions;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.VolumeMatching;
import dev.navarch.node.csi.FolderDriver;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachmentStatus;
import java.time.Duration;
import java.util.Map;

/// What stands beside a storage driver in a cluster, in one loop: makes volumes for the claims that
/// ask for them, deletes those whose claims are gone, makes larger what asks for more, and
/// attaches.
final class Provisioner implements AutoCloseable {
  private static final String ASKED = "volume.kubernetes.io/storage-provisioner";
  private static final String NODE = "volume.kubernetes.io/selected-node";
  private static final String MADE_BY = "pv.kubernetes.io/provisioned-by";

  private final Cluster cluster;
  private final FolderDriver driver;
  private final String node;
  private final Thread thread;

  /// @param node the only node that reaches the volumes
  Provisioner(Cluster cluster, FolderDriver driver, String node) {
    this.cluster = cluster;
    this.driver = driver;
    this.node = node;
    this.thread = Thread.ofVirtual().name("provisioner").start(this::run);
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try {
      while (true) {
        try {
          round();
        } catch (ApiException triedAgain) {
          // somebody else was faster
        }
        Thread.sleep(Duration.ofMillis(100));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void round() {
    cluster.list(Resource.of(PersistentVolumeClaim.class), ListOptions.ALL).items().stream()
        .filter(claim -> driver.name().equals(annotation(claim, ASKED)))
        .forEach(
            claim -> {
              boolean none =
                  claim.getSpec().getVolumeName() == null
                      || claim.getSpec().getVolumeName().isEmpty();
              if (none && cluster.find(PersistentVolume.class, "", name(claim)).isEmpty()) {
                make(claim);
              } else {
                grow(claim);
              }
            });
    cluster.list(Resource.of(PersistentVolume.class), ListOptions.ALL).items().stream()
        .filter(volume -> driver.name().equals(annotation(volume, MADE_BY)))
        .filter(volume -> volume.getMetadata().getDeletionTimestamp() == null)
        .filter(volume -> "Released".equals(volume.getStatus().getPhase()))
        .filter(volume -> volume.getSpec().getPersistentVolumeReclaimPolicy().equals("Delete"))
        .forEach(cluster::delete);
    cluster.list(Resource.of(VolumeAttachment.class), ListOptions.ALL).items().stream()
        .filter(one -> one.getSpec().getAttacher().equals(driver.name()))
        .filter(one -> one.getStatus() == null || !one.getStatus().getAttached())
        .forEach(
            one -> {
              VolumeAttachment attached = Objects.copy(one);
              var status = new VolumeAttachmentStatus();
              status.setAttached(true);
              attached.setStatus(status);
              cluster.updateStatus(attached);
            });
  }

  private void make(PersistentVolumeClaim claim) {
    String selected = annotation(claim, NODE);
    if (!selected.isEmpty() && !selected.equals(node)) {
      return;
    }
    driver.create(name(claim));
    var meta = claim.getMetadata();
    cluster.create(
        new PersistentVolumeBuilder()
            .withNewMetadata()
            .withName(name(claim))
            .addToAnnotations(MADE_BY, driver.name())
            .endMetadata()
            .withNewSpec()
            .withCapacity(Map.of("storage", wanted(claim)))
            .withAccessModes(claim.getSpec().getAccessModes())
            .withPersistentVolumeReclaimPolicy("Delete")
            .withStorageClassName(claim.getSpec().getStorageClassName())
            .withVolumeMode(claim.getSpec().getVolumeMode())
            .withNewCsi()
            .withDriver(driver.name())
            .withVolumeHandle(name(claim))
            .endCsi()
            .withNewNodeAffinity()
            .withNewRequired()
            .addNewNodeSelectorTerm()
            .addNewMatchExpression()
            .withKey("kubernetes.io/hostname")
            .withOperator("In")
            .withValues(node)
            .endMatchExpression()
            .endNodeSelectorTerm()
            .endRequired()
            .endNodeAffinity()
            .withNewClaimRef()
            .withKind("PersistentVolumeClaim")
            .withApiVersion("v1")
            .withNamespace(meta.getNamespace())
            .withName(meta.getName())
            .withUid(meta.getUid())
            .endClaimRef()
            .endSpec()
            .build());
  }

  private void grow(PersistentVolumeClaim claim) {
    cluster
        .find(PersistentVolume.class, "", name(claim))
        .filter(volume -> "Bound".equals(volume.getStatus().getPhase()))
        .filter(
            volume ->
                VolumeMatching.request(claim)
                        .compareTo(VolumeMatching.storage(volume.getSpec().getCapacity()))
                    > 0)
        .ifPresent(
            volume -> {
              PersistentVolume grown = Objects.copy(volume);
              grown.getSpec().getCapacity().put("storage", wanted(claim));
              cluster.update(grown);
            });
  }

  private static Quantity wanted(PersistentVolumeClaim claim) {
    return requireNonNull(claim.getSpec().getResources().getRequests().get("storage"));
  }

  private static String name(PersistentVolumeClaim claim) {
    return "pvc-" + claim.getMetadata().getUid();
  }

  private static String annotation(HasMetadata object, String name) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations == null ? "" : annotations.getOrDefault(name, "");
  }
}
