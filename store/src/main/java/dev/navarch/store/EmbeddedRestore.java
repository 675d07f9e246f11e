package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Layout.Version;
import dev.navarch.store.Snapshot.Item;
import dev.navarch.store.Snapshot.Summary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;

/// Makes an embedded store out of a {@link Snapshot}. Its revisions go on far beyond the
/// snapshot's, so that what a client saw before is never mistaken for what it sees now: watches
/// from before are told that their revision is gone.
public final class EmbeddedRestore {
  private static final int BATCH = 1_000;

  private EmbeddedRestore() {}

  /// Makes an embedded store in a folder that is not there or empty. It is there whole, or not at
  /// all: what a crash leaves stands beside it and is removed by the next try.
  public static Summary restore(Path file, Path folder) {
    Summary summary = Snapshot.status(file);
    Path part = folder.toAbsolutePath().resolveSibling("." + folder.getFileName() + ".restoring");
    try {
      if (Files.exists(folder) && !isEmpty(folder)) {
        throw new IllegalStateException(
            "%s is not empty: restore into another directory, or move this one away first"
                .formatted(folder));
      }
      remove(part);
      fill(file, part, summary.revision() + Snapshot.RAISED);
      Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
      return summary;
    } catch (IOException e) {
      throw new IllegalStateException(
          "cannot restore into %s: %s. Free or repair the disk and restore again"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }

  private static void remove(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }

  private static void fill(Path file, Path folder, long revision) throws IOException {
    DataDirectory directory = DataDirectory.claim(folder);
    var changes = new Changes();
    try (Database database = Database.openAsItIs(directory)) {
      Snapshot.read(
          file,
          item -> {
            add(item, changes);
            if (changes.count() >= BATCH) {
              database.commit(changes);
              changes.clear();
            }
          });
      changes.put(Layout.REVISION, Layout.number(revision));
      changes.put(Layout.COMPACTED, Layout.number(revision));
      database.commit(changes);
    }
    try (Head head = directory.openHead(new Threads())) {
      head.note(revision, revision);
    }
  }

  private static void add(Item item, Changes changes) {
    var version = new Version(item.created(), item.modified(), item.ends(), false, item.value());
    changes.put(Layout.version(item.key(), item.modified()), Layout.encode(version));
    if (item.ends() != 0) {
      changes.put(Layout.lease(item.ends(), item.modified()), item.key().getBytes(UTF_8));
    }
  }
}
