package dev.navarch.node.volumes;

/// A volume cannot be made ready now: the message is what the `FailedMount` event says. It may work
/// later, so it is tried again.
public final class VolumeException extends RuntimeException {
  public VolumeException(String message) {
    super(message, null, false, false);
  }

  static VolumeException of(String volume, String why) {
    return new VolumeException(
        "MountVolume.SetUp failed for volume \"%s\" : %s".formatted(volume, why));
  }
}
