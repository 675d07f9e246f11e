package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// Names of attached volumes, which drivers, nodes and controllers work out alike.
final class Attachments {
  private static final Pattern OURS = Pattern.compile("csi-[0-9a-f]{64}");

  private Attachments() {}

  /// Whether it was made for a pod's volume; what others make is theirs to remove.
  static boolean isOurs(VolumeAttachment attachment) {
    return OURS.matcher(attachment.getMetadata().getName()).matches();
  }

  /// The VolumeAttachment's: the same for every pod of a node that uses the volume.
  static String name(PersistentVolume volume, String node) {
    var source = volume.getSpec().getCsi();
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  (source.getVolumeHandle() + source.getDriver() + node)
                      .getBytes(StandardCharsets.UTF_8));
      return "csi-" + HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The volume's in the status of a Node.
  static String uniqueName(PersistentVolume volume) {
    var source = volume.getSpec().getCsi();
    return source == null
        ? ""
        : "kubernetes.io/csi/%s^%s".formatted(source.getDriver(), source.getVolumeHandle());
  }
}
