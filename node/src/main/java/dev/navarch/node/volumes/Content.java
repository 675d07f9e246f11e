package dev.navarch.node.volumes;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One file of a volume whose content the agent writes.
///
/// @param mode permission bits, as `0644`
/// @param owner the user who owns it; null for root
record Content(byte[] bytes, int mode, @Nullable Long owner) {
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Content that
        && Arrays.equals(bytes, that.bytes)
        && mode == that.mode
        && java.util.Objects.equals(owner, that.owner);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes) * 31 + mode;
  }
}
