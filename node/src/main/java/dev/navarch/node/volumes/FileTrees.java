package dev.navarch.node.volumes;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// Modes, owners, sizes and removal of files and folders, never through a symbolic link.
public final class FileTrees {
  private FileTrees() {}

  static void chmod(Path path, int mode) throws IOException {
    Files.setAttribute(path, "unix:mode", mode);
  }

  /// Null leaves the user or the group as it is.
  static void chown(Path path, @Nullable Long user, @Nullable Long group) throws IOException {
    if (user != null) {
      Files.setAttribute(path, "unix:uid", (int) user.longValue(), LinkOption.NOFOLLOW_LINKS);
    }
    if (group != null) {
      Files.setAttribute(path, "unix:gid", (int) group.longValue(), LinkOption.NOFOLLOW_LINKS);
    }
  }

  /// Gives a whole tree to a group, which may then read and write it; new files inherit the group.
  static void giveToGroup(Path root, long group, boolean onlyIfRootDiffers) throws IOException {
    if (onlyIfRootDiffers && groupOf(root) == group && (modeOf(root) & 02070) == 02070) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            chown(file, null, group);
            if (!attributes.isSymbolicLink()) {
              chmod(file, modeOf(file) | 0660);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            chown(folder, null, group);
            chmod(folder, modeOf(folder) | 02770);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /// Removes a tree, without following links out of it; what is not there is fine.
  public static void delete(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /// Bytes of all files below a folder.
  public static long size(Path root) throws IOException {
    long[] sum = {0};
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sum[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
          }
        });
    return sum[0];
  }

  private static int modeOf(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
  }

  private static long groupOf(Path path) throws IOException {
    int signed = (int) Files.getAttribute(path, "unix:gid", LinkOption.NOFOLLOW_LINKS);
    return Integer.toUnsignedLong(signed);
  }
}
