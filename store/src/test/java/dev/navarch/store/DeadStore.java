package dev.navarch.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// What a killed process leaves behind of an embedded store: copies of its folder, to be damaged.
final class DeadStore {
  private DeadStore() {}

  static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        if (!file.startsWith(from.resolve("natives"))) {
          Files.copy(file, to.resolve(from.relativize(file)));
        }
      }
    }
    // The library that every store unpacks takes longer to copy than all else.
    Files.createSymbolicLink(to.resolve("natives"), from.resolve("natives").toRealPath());
    return to;
  }

  static void copyAll(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /// The log that the newest writes are in.
  static Path log(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("rocksdb"))) {
      return files
          .filter(file -> file.toString().endsWith(".log") && size(file) > 0)
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
