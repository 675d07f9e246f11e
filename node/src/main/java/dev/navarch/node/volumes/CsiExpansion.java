package dev.navarch.node.volumes;

import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import dev.navarch.node.csi.CsiDriver;
import dev.navarch.node.csi.v1.NodeExpandVolumeRequest;
import dev.navarch.node.csi.v1.NodeServiceCapability.RPC;
import dev.navarch.node.events.PodStory;
import dev.navarch.node.plugins.PluginException;
import dev.navarch.node.volumes.BoundClaims.Bound;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;

/// Grows what is on a volume when the volume itself has grown (its claim shows less than it has),
/// while pods use it.
final class CsiExpansion {
  private static final String STORAGE = "storage";

  private final CsiVolumes volumes;
  private final Cluster cluster;
  private final PodStory story;

  CsiExpansion(CsiVolumes volumes, Cluster cluster, PodStory story) {
    this.volumes = volumes;
    this.cluster = cluster;
    this.story = story;
  }

  void apply(Pod pod, Bound bound) {
    Quantity wanted = bound.volume().getSpec().getCapacity().get(STORAGE);
    Map<String, Quantity> shown = bound.claim().getStatus().getCapacity();
    Quantity has = shown == null ? null : shown.get(STORAGE);
    if (wanted == null
        || has == null
        || wanted.getNumericalAmount().compareTo(has.getNumericalAmount()) <= 0) {
      return;
    }
    var source = bound.volume().getSpec().getCsi();
    CsiDriver driver = volumes.driver(source.getDriver());
    if (driver.can(RPC.Type.EXPAND_VOLUME)) {
      var place = volumes.place(pod.getMetadata().getUid(), bound.volume());
      var request =
          NodeExpandVolumeRequest.newBuilder()
              .setVolumeId(source.getVolumeHandle())
              .setVolumePath(place.target().toString())
              .setVolumeCapability(
                  CsiRequests.capability(driver, bound.volume(), bound.isBlock(), null))
              .putAllSecrets(volumes.secret(source.getNodeExpandSecretRef()));
      request.getCapacityRangeBuilder().setRequiredBytes(wanted.getNumericalAmount().longValue());
      if (driver.can(RPC.Type.STAGE_UNSTAGE_VOLUME)) {
        request.setStagingTargetPath(place.staging().toString());
      }
      try {
        driver.expand(request.build());
      } catch (PluginException e) {
        story.warning(pod, "VolumeResizeFailed", "NodeExpandVolume failed: " + e.getMessage());
        throw new VolumeException("NodeExpandVolume failed: " + e.getMessage());
      }
    }
    finish(bound.claim(), wanted);
    story.normal(
        pod,
        "FileSystemResizeSuccessful",
        "MountVolume.NodeExpandVolume succeeded for volume \"%s\""
            .formatted(bound.volume().getMetadata().getName()));
  }

  private void finish(PersistentVolumeClaim claim, Quantity size) {
    PersistentVolumeClaim grown = Objects.copy(claim);
    grown.getStatus().getCapacity().put(STORAGE, size);
    grown
        .getStatus()
        .getConditions()
        .removeIf(
            condition ->
                condition.getType().equals("FileSystemResizePending")
                    || condition.getType().equals("Resizing"));
    if (grown.getStatus().getAllocatedResourceStatuses() != null) {
      grown.getStatus().getAllocatedResourceStatuses().remove(STORAGE);
    }
    cluster.updateStatus(grown);
  }
}
