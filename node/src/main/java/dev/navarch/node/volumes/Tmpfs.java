package dev.navarch.node.volumes;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Puts a filesystem in memory onto a folder. What is secret goes there, and never to a disk: also
/// not to one that memory is swapped to, where the kernel (6.4 and later) can keep it from that.
@FunctionalInterface
interface Tmpfs {
  Tmpfs KERNEL =
      (folder, bytes) -> {
        String size = bytes.map(most -> "size=" + most).orElse("");
        try {
          mount(folder, size.isEmpty() ? "noswap" : "noswap," + size);
        } catch (SystemCalls.Refused e) {
          if (e.errno() != SystemCalls.EINVAL) {
            throw e;
          }
          mount(folder, size);
        }
      };

  /// @param bytes how much it may hold; empty for what the kernel allows by itself
  void mount(Path folder, Optional<Long> bytes) throws IOException;

  private static void mount(Path folder, String options) throws IOException {
    SystemCalls.mount("tmpfs", folder, "tmpfs", SystemCalls.MS_NOSUID, options);
  }
}
