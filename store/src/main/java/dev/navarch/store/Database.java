package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Layout.Entry;
import dev.navarch.store.Layout.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The store's records in {@link Records}: versions, log and leases by {@link Layout}. A database
/// that has lost what its {@link Head} says was there, or has a hole, does not open.
final class Database implements AutoCloseable {
  private static final int CHECKED = 500_000;

  private final Records records;

  private Database(Records records) {
    this.records = records;
  }

  /// @param reading whether another process may have it open, and this one only looks
  static Database open(Disk disk, boolean reading) {
    Head.Mark mark = disk.mark();
    disk.checkLogs();
    var database = new Database(disk.open(reading));
    try {
      long revision = database.number(Layout.REVISION, 1);
      long compacted = database.number(Layout.COMPACTED, 0);
      disk.checkWhole(mark, revision, compacted, database.missing(revision, compacted));
      return database;
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  /// Also one that has lost something.
  static Database openAsItIs(Disk disk) {
    return new Database(disk.open(false));
  }

  /// The first of the newest revisions that the log should have and has not; 0 when it is whole.
  long missing(long revision, long compacted) {
    return read(
        view -> {
          long expected = Math.max(Math.max(compacted, revision - CHECKED), 1) + 1;
          try (Records.Cursor at = view.cursor(Layout.LOG_END)) {
            for (at.seek(Layout.log(expected)); at.isValid(); at.next()) {
              if (Layout.logRevision(at.key()) != expected) {
                return expected;
              }
              expected++;
            }
          }
          return expected == revision + 1 ? 0L : Math.min(expected, revision + 1);
        });
  }

  /// Reads everything, and compares it with its checksums.
  void verify() {
    records.verify();
  }

  private <T> T read(Records.Use<T> use) {
    return records.read(use);
  }

  /// A number among the `m` records.
  long number(byte[] name, long otherwise) {
    return read(
        view -> {
          byte[] found = view.get(name);
          return found == null ? otherwise : Layout.number(found);
        });
  }

  /// The newest version of a key; empty when it does not exist.
  Optional<Version> newest(String key) {
    return read(
        view -> {
          try (Records.Cursor at = view.cursor(null)) {
            return newest(key, at);
          }
        });
  }

  /// The newest versions of several keys, all as they are now; those that do not exist are left
  /// out.
  Map<String, Version> newest(Collection<String> keys) {
    return read(
        view -> {
          Map<String, Version> found = new HashMap<>();
          try (Records.Cursor at = view.cursor(null)) {
            for (String key : keys) {
              newest(key, at).ifPresent(version -> found.put(key, version));
            }
          }
          return found;
        });
  }

  private static Optional<Version> newest(String key, Records.Cursor at) throws IOException {
    byte[] wanted = Layout.version(key, Long.MAX_VALUE);
    at.seek(wanted);
    if (!at.isValid()) {
      return Optional.empty();
    }
    byte[] found = at.key();
    if (!Layout.sameKey(wanted, found)) {
      return Optional.empty();
    }
    Version version = Layout.decodeVersion(Layout.revisionOf(found), at.value());
    return version.deleted() ? Optional.empty() : Optional.of(version);
  }

  /// Takes one key of a scan. False stops the scan.
  interface Visitor {
    /// @param version fetched only when asked for
    boolean visit(String key, Supplier<Version> version);
  }

  /// Goes over the keys that existed at `revision`, in order.
  ///
  /// @param stillThere asked once the view is fixed: false gives the scan up, before any visit
  /// @return false when given up
  boolean scan(String from, String to, long revision, LongPredicate stillThere, Visitor visitor) {
    return read(
        view -> {
          try (Records.Cursor at = view.cursor(Layout.bound(to))) {
            if (!stillThere.test(revision)) {
              return false;
            }
            byte[] done = {};
            for (at.seek(Layout.bound(from)); at.isValid(); at.next()) {
              byte[] found = at.key();
              long modified = Layout.revisionOf(found);
              if (modified > revision || Layout.sameKey(done, found)) {
                continue;
              }
              done = found;
              if (!Layout.isDeleted(at.firstByte())
                  && !visitor.visit(
                      Layout.keyOf(found), () -> Layout.decodeVersion(modified, at.value()))) {
                return true;
              }
            }
            return true;
          }
        });
  }

  /// Takes one change: what it made and what it replaced. False stops.
  interface LogVisitor {
    boolean visit(Entry entry, Version now, @Nullable Version previous);
  }

  /// Goes over the log after one revision up to another, for keys that start with `prefix`.
  ///
  /// @param stillThere asked once the view is fixed: false gives up, before any visit
  /// @return false when given up
  boolean log(long after, long upTo, String prefix, LongPredicate stillThere, LogVisitor visitor) {
    return records.frozen(
        view -> {
          try (Records.Cursor at = view.cursor(Layout.log(upTo + 1))) {
            if (!stillThere.test(after)) {
              return false;
            }
            for (at.seek(Layout.log(after + 1)); at.isValid(); at.next()) {
              Entry entry = Layout.decodeEntry(at.key(), at.value());
              if (!entry.key().startsWith(prefix)) {
                continue;
              }
              Version now = version(view, entry.key(), entry.revision());
              Version previous =
                  entry.previous() == 0 ? null : version(view, entry.key(), entry.previous());
              if (!visitor.visit(entry, now, previous)) {
                return true;
              }
            }
            return true;
          }
        });
  }

  private static Version version(Records.View view, String key, long revision) throws IOException {
    byte[] found = view.get(Layout.version(key, revision));
    if (found == null) {
      throw new IllegalStateException(
          "the log names revision %d of %s, which is not there".formatted(revision, key));
    }
    return Layout.decodeVersion(revision, found);
  }

  /// Goes over leases that end at `from` or later, soonest first.
  void leases(long from, LeaseVisitor visitor) {
    read(
        view -> {
          try (Records.Cursor at = view.cursor(Layout.LEASES_END)) {
            at.seek(Layout.lease(from, 0));
            while (at.isValid()
                && visitor.visit(Layout.expiryOf(at.key()), new String(at.value(), UTF_8))) {
              at.next();
            }
            return true;
          }
        });
  }

  /// Takes one lease; false stops.
  interface LeaseVisitor {
    boolean visit(long expires, String key);
  }

  /// Writes a batch whole or not at all, and returns when it is on the disk.
  void commit(Changes changes) throws IOException {
    records.commit(changes);
  }

  /// Why no writes are taken; empty when they are.
  Optional<IOException> refusal() {
    return records.refusal();
  }

  /// @see Records#reopen
  void reopen() throws IOException {
    records.reopen();
  }

  /// Removes up to `most` log entries from one revision up to another, and the versions that they
  /// replaced.
  ///
  /// @return the first revision that is left to do; beyond `upTo` when done
  long sweep(long from, long upTo, int most) {
    return read(
        view -> {
          long next = upTo + 1;
          var changes = new Changes();
          try (Records.Cursor at = view.cursor(Layout.log(upTo + 1))) {
            for (at.seek(Layout.log(from)); at.isValid(); at.next()) {
              Entry entry = Layout.decodeEntry(at.key(), at.value());
              if (changes.count() >= most) {
                next = entry.revision();
                break;
              }
              if (entry.previous() != 0) {
                changes.delete(Layout.version(entry.key(), entry.previous()));
              }
              if (entry.deleted()) {
                changes.delete(Layout.version(entry.key(), entry.revision()));
              }
              changes.delete(at.key());
            }
          }
          records.writeLazily(changes);
          return next;
        });
  }

  /// Bytes on disk and in write buffers, about.
  long size() {
    return records.size();
  }

  Path path() {
    return records.path();
  }

  @Override
  public void close() {
    records.close();
  }
}
