package dev.navarch.store;

import java.nio.file.Path;

/// What an embedded store lives on, handed in: its records and its head. {@link DataDirectory} is
/// the real one.
interface Disk {
  String ADVICE =
      "Keep a copy of the directory and restore the newest snapshot (navarch snapshot restore);"
          + " 'navarch store fsck' tells what is left, and with --accept-loss goes on without what"
          + " is lost";

  /// How far the store was; every store has a mark that can be read.
  Head.Mark mark();

  /// Refuses records that are not what was written, before they are opened.
  void checkLogs();

  /// @param reading whether another process may have them open, and this one only looks
  Records open(boolean reading);

  /// Goes on where the mark is; call it when the store is found whole.
  Head openHead(Turns turns);

  Path path();

  /// The file that the newest records are in.
  Path newestLog();

  /// How much room there is.
  DiskWarnings.Room room();

  /// Refuses a database that ends before the mark, or has a hole.
  ///
  /// @param mark how far it was
  /// @param revision how far it is
  /// @param missing the first revision that is not there; 0 for none
  default void checkWhole(Head.Mark mark, long revision, long compacted, long missing) {
    if (revision < mark.revision() || compacted < mark.compacted()) {
      throw new IllegalStateException(
          "the store in %s has lost its end: revision %d (compacted %d) was synced, but %s only reaches revision %d (compacted %d), so that file was cut or damaged. %s"
              .formatted(
                  path(),
                  mark.revision(),
                  mark.compacted(),
                  newestLog(),
                  revision,
                  compacted,
                  ADVICE));
    }
    if (missing != 0) {
      throw new IllegalStateException(
          "the store in %s has a hole: revision %d is missing before revision %d, so one of its files beside %s was cut or damaged. %s"
              .formatted(path(), missing, revision, newestLog(), ADVICE));
    }
  }
}
