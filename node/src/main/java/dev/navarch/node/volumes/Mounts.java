package dev.navarch.node.volumes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The mounts of this node, as the kernel lists them.
public final class Mounts {
  private static final Path LIST = Path.of("/proc/self/mountinfo");

  private Mounts() {}

  public static boolean isMounted(Path path) throws IOException {
    return below(path).contains(path);
  }

  /// Whether a folder is on another filesystem than the one that it lies in: enough for those that
  /// are not bound, and without reading a list of hundreds.
  static boolean isOtherFilesystem(Path folder) throws IOException {
    return Files.isDirectory(folder)
        && !Files.getAttribute(folder, "unix:dev")
            .equals(Files.getAttribute(folder.getParent(), "unix:dev"));
  }

  /// Mount points at or below a folder, deepest first; one that is mounted over comes twice.
  static List<Path> below(Path folder) throws IOException {
    try (Stream<String> lines = Files.lines(LIST)) {
      return lines
          .map(line -> Path.of(unescape(line.split(" ")[4])))
          .filter(path -> path.startsWith(folder))
          .sorted(Comparator.comparingInt(Path::getNameCount).reversed())
          .toList();
    }
  }

  /// Unmounts whatever is at or below a folder, and fails rather than leave anything: what is
  /// deleted next must not be somebody's data.
  public static void release(Path folder) throws IOException {
    List<Path> mounts =
        Files.notExists(folder, LinkOption.NOFOLLOW_LINKS) ? List.of() : below(folder);
    if (mounts.isEmpty()) {
      return;
    }
    for (Path mounted : mounts) {
      SystemCalls.unmount(mounted);
    }
    List<Path> left = below(folder);
    if (!left.isEmpty()) {
      throw new IOException("still mounted: " + left.getFirst());
    }
  }

  /// Shows a folder, file or device at a second place, which is made when it is missing.
  static void bind(Path source, Path target) throws IOException {
    if (Files.isDirectory(source)) {
      Files.createDirectories(target);
    } else {
      Files.createDirectories(target.getParent());
      if (!Files.exists(target)) {
        Files.createFile(target);
      }
    }
    SystemCalls.mount(source.toString(), target, "", SystemCalls.MS_BIND | SystemCalls.MS_REC, "");
  }

  private static String unescape(String path) {
    return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
  }
}
