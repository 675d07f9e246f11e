package dev.navarch.node.volumes;

import dev.navarch.node.csi.CsiDriver;
import dev.navarch.node.csi.v1.NodeServiceCapability.RPC;
import dev.navarch.node.plugins.PluginException;
import dev.navarch.node.volumes.BoundClaims.Bound;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells how full persistent volumes are: by their driver where it can, else by the filesystem.
final class VolumeStats {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeStats.class);

  private VolumeStats() {}

  static Optional<VolumeUsage> of(String podUid, Bound bound, Ready ready, CsiVolumes csi) {
    try {
      String claim = bound.claim().getMetadata().getName();
      if (bound.volume().getSpec().getCsi() != null) {
        return ofDriver(podUid, bound, csi, claim);
      }
      return ready instanceof Ready.OnDisk(Path path, _)
          ? Optional.of(ofFilesystem(path, claim))
          : Optional.empty();
    } catch (IOException | PluginException | VolumeException e) {
      LOG.atDebug().addKeyValue("reason", e.getMessage()).log("volume tells no usage");
      return Optional.empty();
    }
  }

  private static Optional<VolumeUsage> ofDriver(
      String podUid, Bound bound, CsiVolumes csi, String claim) {
    var source = bound.volume().getSpec().getCsi();
    CsiDriver driver = csi.driver(source.getDriver());
    if (!driver.can(RPC.Type.GET_VOLUME_STATS)) {
      return Optional.empty();
    }
    var place = csi.place(podUid, bound.volume());
    var answer = driver.stats(source.getVolumeHandle(), place.target(), place.staging());
    var bytes = dev.navarch.node.csi.v1.VolumeUsage.getDefaultInstance();
    var inodes = bytes;
    for (var usage : answer.getUsageList()) {
      switch (usage.getUnit()) {
        case BYTES -> bytes = usage;
        case INODES -> inodes = usage;
        default -> {}
      }
    }
    return Optional.of(
        new VolumeUsage(
            claim,
            bytes.getAvailable(),
            bytes.getTotal(),
            bytes.getUsed(),
            inodes.getTotal(),
            inodes.getAvailable(),
            inodes.getUsed()));
  }

  private static VolumeUsage ofFilesystem(Path path, String claim) throws IOException {
    FileStore store = Files.getFileStore(path);
    long used = store.getTotalSpace() - store.getUnallocatedSpace();
    return new VolumeUsage(claim, store.getUsableSpace(), store.getTotalSpace(), used, 0, 0, 0);
  }
}
