package dev.navarch.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The folder that a store lives in, and the `VERSION` file that says in which format. Refuses a
/// folder that something else owns, and puts what is wrong with one into words.
record DataDirectory(Path path) implements Disk {
  static final String FORMAT = "navarch-store 2";

  private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);

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

  Path head() {
    return path.resolve(Head.FILE);
  }

  private Path owner() {
    return path.resolve("owner");
  }

  @Override
  public Head.Mark mark() {
    try {
      return Head.read(head())
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "%s is missing or damaged in both its halves, so nobody knows how far the store was: %s"
                          .formatted(head(), ADVICE)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + head(), e);
    }
  }

  @Override
  public void checkLogs() {
    try {
      LogCheck.first(database())
          .ifPresent(
              fault -> {
                throw new IllegalStateException(
                    "the store in %s is damaged: %s. %s".formatted(path, fault, ADVICE));
              });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the logs in " + database(), e);
    }
  }

  @Override
  public Records open(boolean reading) {
    return Rocks.open(this, reading);
  }

  @Override
  public Head openHead(Turns turns) {
    return Head.open(head(), mark(), turns);
  }

  @Override
  public DiskWarnings.Room room() {
    return DiskWarnings.Room.of(path);
  }

  @Override
  public Path newestLog() {
    try (Stream<Path> files = Files.list(database())) {
      return files
          .filter(file -> file.toString().endsWith(".log") && file.toFile().length() > 0)
          .max(Comparator.naturalOrder())
          .orElse(database());
    } catch (IOException e) {
      return database();
    }
  }

  /// Notes who has the store open, for the message that the next one gets.
  void sign() {
    try {
      Files.writeString(owner(), ProcessHandle.current().pid() + "\n");
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("the owner of the store is not noted");
    }
  }

  private String ownerName() {
    try {
      return "process " + Files.readString(owner()).strip();
    } catch (IOException e) {
      return "another process";
    }
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
          .filter(name -> !name.equals("VERSION.new") && !name.equals(Head.FILE))
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

  /// The head is there before the folder counts as a store: one without a head has lost it.
  private void writeFormat(Path version) throws IOException {
    Head.create(head());
    Path fresh = path.resolve("VERSION.new");
    Files.writeString(fresh, FORMAT + "\n");
    try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    Files.move(fresh, version, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Whether the disk refuses writes, so that only reading is left.
  static boolean refusesWrites(RocksDBException e) {
    Status status = e.getStatus();
    String text = String.valueOf(e.getMessage());
    return (status != null && status.getSubCode() == Status.SubCode.NoSpace)
        || text.contains("No space left on device")
        || text.contains("Disk quota exceeded")
        || text.contains("Read-only file system");
  }

  /// Why RocksDB would not open, for the person who has to do something about it.
  IllegalStateException unusable(RocksDBException e) {
    String text = e.getMessage() == null ? "" : e.getMessage();
    Status status = e.getStatus();
    if (text.contains("lock") && text.contains("LOCK")) {
      return new IllegalStateException(
          "the data directory %s is in use by %s: stop that one first, or use another directory"
              .formatted(path, ownerName()),
          e);
    }
    if (status != null && status.getCode() == Status.Code.Corruption) {
      return new IllegalStateException(
          "the store in %s is damaged (%s). %s".formatted(path, text, ADVICE), e);
    }
    return new IllegalStateException("the store in %s does not open: %s".formatted(path, text), e);
  }
}
