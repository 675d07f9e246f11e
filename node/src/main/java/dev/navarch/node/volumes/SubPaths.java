package dev.navarch.node.volumes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// One part of a volume, mounted where the volume's owner cannot swap it for a way out: the kernel
/// resolves the path within the volume, and what it found is bind-mounted by its descriptor.
final class SubPaths {
  private SubPaths() {}

  /// Makes `target` show `path` of `volume`, and creates missing folders inside the volume, with
  /// the volume's own mode: who may write to it may write to them.
  static void mount(Path volume, String path, Path target) throws IOException {
    int root = SystemCalls.open(volume);
    try {
      int mode = (int) Files.getAttribute(volume, "unix:mode") & 07777;
      int found = openOrCreate(root, path, mode);
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

  private static int openOrCreate(int root, String path, int mode) throws IOException {
    try {
      return SystemCalls.openBeneath(root, path);
    } catch (SystemCalls.Refused e) {
      if (e.errno() != SystemCalls.ENOENT) {
        throw e;
      }
    }
    Path relative = Path.of(path);
    for (int depth = 1; depth <= relative.getNameCount(); depth++) {
      createIfMissing(root, relative.subpath(0, depth), mode);
    }
    return SystemCalls.openBeneath(root, path);
  }

  private static void createIfMissing(int root, Path path, int mode) throws IOException {
    try {
      SystemCalls.close(SystemCalls.openBeneath(root, path.toString()));
    } catch (SystemCalls.Refused e) {
      if (e.errno() != SystemCalls.ENOENT) {
        throw e;
      }
      Path parent = path.getParent();
      int folder = SystemCalls.openBeneath(root, parent == null ? "." : parent.toString());
      try {
        SystemCalls.makeFolder(folder, path.getFileName().toString(), mode);
      } finally {
        SystemCalls.close(folder);
      }
      int made = SystemCalls.openBeneath(root, path.toString());
      try {
        FileTrees.chmod(Path.of("/proc/self/fd/" + made), mode);
      } finally {
        SystemCalls.close(made);
      }
    }
  }
}
