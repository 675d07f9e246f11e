package dev.navarch.node.volumes;

import io.fabric8.kubernetes.api.model.ImageVolumeSource;
import java.nio.file.Path;

/// What one volume of a pod is on this node, ready for containers.
public sealed interface Ready {

  /// A folder, or a single file.
  ///
  /// @param readOnly whatever the container's mount says
  record OnDisk(Path path, boolean readOnly) implements Ready {}

  /// A block device, which containers get as a device node.
  record Device(Path path, boolean readOnly) implements Ready {}

  /// The content of an image, which the runtime itself mounts.
  record InImage(ImageVolumeSource source) implements Ready {}
}
