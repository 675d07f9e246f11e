package dev.navarch.node.volumes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Reads what containers have written into a volume, without following their links out of it.
public final class SafeFiles {
  private SafeFiles() {}

  /// @param path of a regular file, from the volume's root
  /// @param limit in bytes; a larger file is refused
  public static byte[] read(Path volume, String path, long limit) throws IOException {
    int root = SystemCalls.open(volume);
    try {
      int found = open(root, path);
      try {
        Path file = Path.of("/proc/self/fd/" + found);
        if (!Files.isRegularFile(file)) {
          throw new IOException(path + " is no regular file");
        }
        if (Files.size(file) > limit) {
          throw new IOException("%s is larger than %d bytes".formatted(path, limit));
        }
        return Files.readAllBytes(file);
      } finally {
        SystemCalls.close(found);
      }
    } finally {
      SystemCalls.close(root);
    }
  }

  private static int open(int root, String path) throws IOException {
    try {
      return SystemCalls.openBeneath(root, path);
    } catch (SystemCalls.Refused e) {
      if (e.errno() == SystemCalls.ENOENT) {
        throw new NoSuchFileException(path);
      }
      throw e;
    }
  }
}
