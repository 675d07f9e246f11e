package dev.navarch.node.volumes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A folder whose files change all at once: readers see the old set or the new one, because both
/// are reached through one symbolic link, `..data`, that is swapped by a rename.
final class AtomicFolder {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("'..'yyyy_MM_dd_HH_mm_ss.nnnnnnnnn").withZone(ZoneOffset.UTC);
  private static final String DATA = "..data";

  private final Path folder;

  AtomicFolder(Path folder) {
    this.folder = folder;
  }

  /// Writes the files unless they are there already with this content, mode and owner.
  ///
  /// @param group owns all files when given, and may read them
  void write(Map<String, Content> files, @Nullable Long group, Instant now) throws IOException {
    files.keySet().forEach(AtomicFolder::requireInside);
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      FileTrees.chmod(folder, 0777);
    }
    Path data = folder.resolve(DATA);
    Path before = current(data);
    if (before != null && holds(folder.resolve(before), files, group)) {
      return;
    }
    Path after = folder.resolve(STAMP.format(now));
    FileTrees.delete(after);
    Files.createDirectory(after);
    FileTrees.chmod(after, 0755);
    for (var file : files.entrySet()) {
      writeFile(after, file.getKey(), file.getValue(), group);
    }
    if (group != null) {
      FileTrees.chown(after, null, group);
    }
    Path swap = folder.resolve("..data_tmp");
    Files.deleteIfExists(swap);
    Files.createSymbolicLink(swap, after.getFileName());
    Files.move(swap, data, StandardCopyOption.ATOMIC_MOVE);
    linkTopNames(files.keySet());
    if (before != null && !before.equals(after.getFileName())) {
      FileTrees.delete(folder.resolve(before));
    }
  }

  /// The folder that shows now, by its name. A link that leads anywhere else was not made here, and
  /// what it points to is nobody's to delete.
  private static @Nullable Path current(Path data) throws IOException {
    if (!Files.isSymbolicLink(data)) {
      return null;
    }
    Path target = Files.readSymbolicLink(data);
    boolean ours =
        target.getNameCount() == 1
            && !target.isAbsolute()
            && target.toString().matches("\\.\\.\\d.*");
    return ours ? target : null;
  }

  private static void writeFile(Path root, String name, Content content, @Nullable Long group)
      throws IOException {
    Path file = root.resolve(name);
    for (Path parent : parents(root, file)) {
      if (!Files.exists(parent)) {
        Files.createDirectory(parent);
        FileTrees.chmod(parent, 0755);
      }
    }
    Files.write(file, content.bytes());
    if (group != null || content.owner() != null) {
      FileTrees.chown(file, content.owner(), group);
    }
    FileTrees.chmod(file, effectiveMode(content, group));
  }

  private static Iterable<Path> parents(Path root, Path file) {
    Path relative = root.relativize(file);
    return () ->
        Stream.iterate(1, depth -> depth + 1)
            .limit(relative.getNameCount() - 1L)
            .map(depth -> root.resolve(relative.subpath(0, depth)))
            .iterator();
  }

  private static int effectiveMode(Content content, @Nullable Long group) {
    return group == null ? content.mode() : content.mode() | 0440;
  }

  private void linkTopNames(Set<String> names) throws IOException {
    Set<String> wanted = new HashSet<>();
    for (String name : names) {
      wanted.add(Path.of(name).getName(0).toString());
    }
    for (String name : wanted) {
      Path link = folder.resolve(name);
      if (!Files.isSymbolicLink(link)) {
        Files.createSymbolicLink(link, Path.of(DATA, name));
      }
    }
    try (Stream<Path> present = Files.list(folder)) {
      for (Path path : present.toList()) {
        String name = path.getFileName().toString();
        if (!name.startsWith("..") && !wanted.contains(name)) {
          FileTrees.delete(path);
        }
      }
    }
  }

  private static boolean holds(Path data, Map<String, Content> files, @Nullable Long group)
      throws IOException {
    if (!Files.isDirectory(data)) {
      return false;
    }
    Set<String> present = new HashSet<>();
    try (Stream<Path> walk = Files.walk(data)) {
      walk.filter(Files::isRegularFile).forEach(p -> present.add(data.relativize(p).toString()));
    }
    if (!present.equals(files.keySet())) {
      return false;
    }
    for (var file : files.entrySet()) {
      Path path = data.resolve(file.getKey());
      int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
      if (mode != effectiveMode(file.getValue(), group)
          || !java.util.Arrays.equals(Files.readAllBytes(path), file.getValue().bytes())) {
        return false;
      }
    }
    return true;
  }

  private static void requireInside(String name) {
    Path path = Path.of(name);
    boolean climbs =
        name.isEmpty()
            || path.isAbsolute()
            || path.getName(0).toString().startsWith("..")
            || Stream.of(name.split("/")).anyMatch(".."::equals);
    if (climbs) {
      throw new VolumeException("invalid path \"%s\": must stay in the volume".formatted(name));
    }
  }
}
