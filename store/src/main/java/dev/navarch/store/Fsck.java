package dev.navarch.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Looks through the folder of an embedded store that nobody has open: its logs' records, the
/// checksums of its files, that it reaches as far as it was, that its history has no hole and that
/// every change in it can be read. Told to accept a loss, it makes the store start again without
/// what is lost, and without giving any revision out twice.
public final class Fsck {
  private final DataDirectory directory;
  private final List<String> found = new ArrayList<>();

  private Fsck(Path folder) {
    if (!Files.exists(folder.resolve("VERSION"))) {
      throw new IllegalStateException(
          "%s holds no store: expected a file VERSION there".formatted(folder));
    }
    this.directory = DataDirectory.claim(folder);
  }

  /// What is wrong, a sentence each; empty when the store is sound.
  public static List<String> check(Path folder) {
    var check = new Fsck(folder);
    check.run();
    return List.copyOf(check.found);
  }

  private void run() {
    Optional<Head.Mark> mark = mark();
    if (mark.isEmpty()) {
      found.add(directory.head() + " is missing or damaged in both its halves");
    }
    Optional<LogCheck.Fault> fault = fault();
    if (fault.isPresent()) {
      found.add(fault.get().toString());
      return;
    }
    try (Database database = Database.openAsItIs(directory)) {
      long revision = database.number(Layout.REVISION, 1);
      long compacted = database.number(Layout.COMPACTED, 0);
      try {
        directory.checkWhole(
            mark.orElse(new Head.Mark(0, 0, 0)),
            revision,
            compacted,
            database.missing(revision, compacted));
        database.verify();
        database.log(compacted, revision, "", _ -> true, (_, _, _) -> true);
      } catch (IllegalStateException | Store.UnavailableException e) {
        found.add(String.valueOf(e.getMessage()));
      }
    }
  }

  private Optional<Head.Mark> mark() {
    try {
      return Head.read(directory.head());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + directory.head(), e);
    }
  }

  private Optional<LogCheck.Fault> fault() {
    try {
      return LogCheck.first(directory.database());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + directory.database(), e);
    }
  }

  /// Cuts damaged logs before the damage, gives up history, and goes on after the last revision
  /// that was ever acknowledged.
  ///
  /// @return the last revision of which everything is there, as far as can be known
  public static long acceptLoss(Path folder) {
    var check = new Fsck(folder);
    for (Optional<LogCheck.Fault> at = check.fault(); at.isPresent(); at = check.fault()) {
      cut(at.get());
    }
    long known = check.mark().map(Head.Mark::revision).orElse(0L);
    var changes = new Changes();
    try (Database database = Database.openAsItIs(check.directory)) {
      long kept = database.number(Layout.REVISION, 1);
      long next = Math.max(known, kept) + (known == 0 ? Snapshot.RAISED : 0);
      changes.put(Layout.REVISION, Layout.number(next));
      changes.put(Layout.COMPACTED, Layout.number(next));
      database.commit(changes);
      Head.create(check.directory.head());
      try (Head head = check.directory.openHead(new Threads())) {
        head.note(next, next);
      }
      return kept;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + folder, e);
    }
  }

  private static void cut(LogCheck.Fault fault) {
    try (FileChannel log = FileChannel.open(fault.file(), StandardOpenOption.WRITE)) {
      log.truncate(fault.at());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot cut " + fault.file(), e);
    }
  }
}
