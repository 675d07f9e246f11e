package dev.navarch.node.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Kernel settings by their dotted names, in the network namespace of this process.
public final class Sysctl {
  /// Read at once: these files give the rest of a number to nobody who comes back for it.
  private static final int MOST = 4096;

  private Sysctl() {}

  public static Optional<String> get(String name) {
    try (InputStream in = Files.newInputStream(file(name))) {
      return Optional.of(new String(in.readNBytes(MOST), StandardCharsets.US_ASCII).strip());
    } catch (IOException absent) {
      return Optional.empty();
    }
  }

  /// Sets what the kernel has; says whether it took it.
  public static boolean set(String name, String value) {
    try {
      if (!get(name).equals(Optional.of(value))) {
        Files.writeString(file(name), value);
      }
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  private static Path file(String name) {
    return Path.of("/proc/sys", name.replace('.', '/'));
  }
}
