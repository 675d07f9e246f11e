package dev.navarch.node.volumes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Paths of the node itself, checked against the type that the volume states.
final class HostPaths {
  private static final int S_IFMT = 0170000;
  private static final int S_IFBLK = 0060000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFSOCK = 0140000;

  private HostPaths() {}

  static void ensure(Path path, String type) throws IOException {
    switch (type) {
      case "" -> {}
      case "DirectoryOrCreate" -> {
        if (!Files.exists(path)) {
          Files.createDirectories(path);
          FileTrees.chmod(path, 0755);
        }
        require(Files.isDirectory(path), path, "is not a directory");
      }
      case "FileOrCreate" -> {
        if (!Files.exists(path)) {
          Files.createFile(path);
          FileTrees.chmod(path, 0644);
        }
        require(Files.isRegularFile(path), path, "is not a file");
      }
      case "Directory" -> require(Files.isDirectory(path), path, "is not a directory");
      case "File" -> require(Files.isRegularFile(path), path, "is not a file");
      case "Socket" -> require(is(path, S_IFSOCK), path, "is not a socket file");
      case "CharDevice" -> require(is(path, S_IFCHR), path, "is not a character device");
      case "BlockDevice" -> require(is(path, S_IFBLK), path, "is not a block device");
      default -> throw new VolumeException(type + " is an invalid volume type");
    }
  }

  private static boolean is(Path path, int fileType) throws IOException {
    return Files.exists(path) && ((int) Files.getAttribute(path, "unix:mode") & S_IFMT) == fileType;
  }

  private static void require(boolean holds, Path path, String otherwise) {
    if (!holds) {
      throw new VolumeException("hostPath type check failed: %s %s".formatted(path, otherwise));
    }
  }
}
