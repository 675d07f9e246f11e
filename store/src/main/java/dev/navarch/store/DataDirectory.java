package dev.navarch.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// The folder that a store lives in, and the `VERSION` file that says in which format. Refuses a
/// folder that something else owns, and puts what is wrong with one into words.
record DataDirectory(Path path) {
  static final String FORMAT = "navarch-store 1";

  /// Makes the folder, readable by its owner alone, or checks the one that is there.
  static DataDirectory claim(Path path) {
    try {
      if (!Files.exists(path)) {
        Files.createDirectories(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      var directory = new DataDirectory(path);
      directory.checkFormat();
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use the data directory " + path, e);
    }
  }

  Path database() {
    return path.resolve("rocksdb");
  }

  private void checkFormat() throws IOException {
    Path version = path.resolve("VERSION");
    if (Files.exists(version)) {
      String found = Files.readString(version).strip();
      if (!found.equals(FORMAT)) {
        throw new IllegalStateException(
            "the data directory %s has format \"%s\", expected \"%s\": use the version of Navarch that wrote it, or another directory"
                .formatted(path, found, FORMAT));
      }
      return;
    }
    try (Stream<Path> files = Files.list(path)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals("VERSION.new"))
          .findFirst()
          .ifPresent(
              name -> {
                throw new IllegalStateException(
                    "the data directory %s holds \"%s\" but no VERSION: expected an empty directory or a store of format \"%s\""
                        .formatted(path, name, FORMAT));
              });
    }
    writeFormat(version);
  }

  private void writeFormat(Path version) throws IOException {
    Path fresh = path.resolve("VERSION.new");
    Files.writeString(fresh, FORMAT + "\n");
    try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    Files.move(fresh, version, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Why RocksDB would not open, for the person who has to do something about it.
  IllegalStateException unusable(RocksDBException e) {
    String text = e.getMessage() == null ? "" : e.getMessage();
    Status status = e.getStatus();
    if (text.contains("lock") && text.contains("LOCK")) {
      return new IllegalStateException(
          "the data directory %s is in use by another process: stop that one first, or use another directory"
              .formatted(path),
          e);
    }
    if (status != null && status.getCode() == Status.Code.Corruption) {
      return new IllegalStateException(
          "the store in %s is damaged (%s): restore the directory from a backup"
              .formatted(path, text),
          e);
    }
    return new IllegalStateException("the store in %s does not open: %s".formatted(path, text), e);
  }
}
