package dev.navarch.node.volumes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// One part of a volume, mounted where the volume's owner cannot swap it for a way out: the kernel
/// resolves the path within the volume, and what it found is bind-mounted by its descriptor.
final class SubPaths {
  private static final int NEW_FOLDER_MODE = 0750;

  private SubPaths() {}

  /// Makes `target` show `path` of `volume`, and creates missing folders inside the volume.
  static void mount(Path volume, String path, Path target) throws IOException {
    int root = SystemCalls.open(volume);
    try {
      int found = openOrCreate(root, path);
      try {
        Path source = Path.of("/proc/self/fd/" + found);
        if (Files.isDirectory(source)) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          if (!Files.exists(target)) {
            Files.createFile(target);
          }
        }
        SystemCalls.mount(
            source.toString(), target, "", SystemCalls.MS_BIND | SystemCalls.MS_REC, "");
      } finally {
        SystemCalls.close(found);
      }
    } finally {
      SystemCalls.close(root);
    }
  }

  private static int openOrCreate(int root, String path) throws IOException {
    try {
      return SystemCalls.openBeneath(root, path);
    } catch (SystemCalls.Refused e) {
      if (e.errno() != SystemCalls.ENOENT) {
        throw e;
      }
    }
    Path relative = Path.of(path);
    for (int depth = 1; depth <= relative.getNameCount(); depth++) {
      createIfMissing(root, relative.subpath(0, depth));
    }
    return SystemCalls.openBeneath(root, path);
  }

  private static void createIfMissing(int root, Path path) throws IOException {
    try {
      SystemCalls.close(SystemCalls.openBeneath(root, path.toString()));
    } catch (SystemCalls.Refused e) {
      if (e.errno() != SystemCalls.ENOENT) {
        throw e;
      }
      Path parent = path.getParent();
      int folder = SystemCalls.openBeneath(root, parent == null ? "." : parent.toString());
      try {
        SystemCalls.makeFolder(folder, path.getFileName().toString(), NEW_FOLDER_MODE);
      } finally {
        SystemCalls.close(folder);
      }
    }
  }
}
