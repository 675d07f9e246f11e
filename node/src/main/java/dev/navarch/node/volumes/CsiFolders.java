package dev.navarch.node.volumes;

import java.nio.file.Path;

/// Where CSI volumes are on the node, by paths that are upstream's.
///
/// @param root the agent's data folder
record CsiFolders(Path root) {
  private static final String PLUGIN = "kubernetes.io~csi";

  /// Holds the data file, and the mount beside it.
  Path ofPod(String podUid, String volumeName, boolean block) {
    return pods(podUid, block).resolve(volumeName);
  }

  Path pods(String podUid, boolean block) {
    return root.resolve("pods")
        .resolve(podUid)
        .resolve(block ? "volumeDevices" : "volumes")
        .resolve(PLUGIN);
  }

  Path target(String podUid, CsiVolumeData data) {
    return data.block()
        ? devices().resolve("publish").resolve(data.volumeName()).resolve(podUid)
        : ofPod(podUid, data.volumeName(), false).resolve("mount");
  }

  Path staging(CsiVolumeData data) {
    return data.block() ? stagingData(data) : stagingData(data).resolve("globalmount");
  }

  /// Where what is known of a staged volume is written down.
  Path stagingData(CsiVolumeData data) {
    return data.block()
        ? devices().resolve("staging").resolve(data.volumeName())
        : csi().resolve(data.driver()).resolve(CsiVolumeData.sha256(data.handle()));
  }

  private Path devices() {
    return csi().resolve("volumeDevices");
  }

  private Path csi() {
    return root.resolve("plugins/kubernetes.io/csi");
  }
}
