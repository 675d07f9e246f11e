package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Layout.Entry;
import dev.navarch.store.Layout.Version;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;
import org.rocksdb.WriteBatch;

/// The store's records in {@link Rocks}: versions, log and leases by {@link Layout}. A database
/// that has lost what its {@link Head} says was there, or has a hole, does not open.
final class Database implements AutoCloseable {
  private static final int CHECKED = 500_000;

  private final Rocks rocks;

  private Database(Rocks rocks) {
    this.rocks = rocks;
  }

  /// @param reading whether another process may have it open, and this one only looks
  static Database open(DataDirectory directory, boolean reading) {
    Head.Mark mark = directory.mark();
    directory.checkLogs();
    var database = new Database(Rocks.open(directory, reading));
    try {
      long revision = database.number(Layout.REVISION, 1);
      long compacted = database.number(Layout.COMPACTED, 0);
      directory.checkWhole(mark, revision, compacted, database.missing(revision, compacted));
      return database;
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  /// Also one that has lost something.
  static Database openAsItIs(DataDirectory directory) {
    return new Database(Rocks.open(directory, false));
  }

  /// The first of the newest revisions that the log should have and has not; 0 when it is whole.
  long missing(long revision, long compacted) {
    return read(
        db -> {
          long expected = Math.max(Math.max(compacted, revision - CHECKED), 1) + 1;
          try (var end = new Slice(Layout.LOG_END);
              var bounded = new ReadOptions().setIterateUpperBound(end);
              RocksIterator at = db.newIterator(bounded)) {
            for (at.seek(Layout.log(expected)); at.isValid(); at.next()) {
              if (Layout.logRevision(at.key()) != expected) {
                return expected;
              }
              expected++;
            }
            at.status();
          }
          return expected == revision + 1 ? 0L : Math.min(expected, revision + 1);
        });
  }

  /// Reads everything, and compares it with its checksums.
  void verify() {
    read(
        db -> {
          db.verifyChecksum();
          return true;
        });
  }

  private <T> T read(Rocks.Use<T> use) {
    return rocks.read(use);
  }

  /// A number among the `m` records.
  long number(byte[] name, long otherwise) {
    return read(
        db -> {
          byte[] found = db.get(name);
          return found == null ? otherwise : Layout.number(found);
        });
  }

  /// The newest version of a key; empty when it does not exist.
  Optional<Version> newest(String key) {
    byte[] wanted = Layout.version(key, Long.MAX_VALUE);
    return read(
        db -> {
          try (RocksIterator at = db.newIterator()) {
            at.seek(wanted);
            if (!at.isValid()) {
              at.status();
              return Optional.empty();
            }
            byte[] found = at.key();
            if (!Layout.sameKey(wanted, found)) {
              return Optional.empty();
            }
            Version version = Layout.decodeVersion(Layout.revisionOf(found), at.value());
            return version.deleted() ? Optional.empty() : Optional.of(version);
          }
        });
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
        db -> {
          try (var end = new Slice(Layout.bound(to));
              var bounded = new ReadOptions().setIterateUpperBound(end);
              RocksIterator at = db.newIterator(bounded)) {
            if (!stillThere.test(revision)) {
              return false;
            }
            byte[] done = {};
            byte[] flag = new byte[1];
            for (at.seek(Layout.bound(from)); at.isValid(); at.next()) {
              byte[] found = at.key();
              long modified = Layout.revisionOf(found);
              if (modified > revision || Layout.sameKey(done, found)) {
                continue;
              }
              done = found;
              at.value(flag);
              if (!Layout.isDeleted(flag[0])
                  && !visitor.visit(
                      Layout.keyOf(found), () -> Layout.decodeVersion(modified, at.value()))) {
                return true;
              }
            }
            at.status();
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
    return read(
        db -> {
          Snapshot snapshot = db.getSnapshot();
          try (var end = new Slice(Layout.log(upTo + 1));
              var bounded = new ReadOptions().setSnapshot(snapshot).setIterateUpperBound(end);
              RocksIterator at = db.newIterator(bounded)) {
            if (!stillThere.test(after)) {
              return false;
            }
            for (at.seek(Layout.log(after + 1)); at.isValid(); at.next()) {
              Entry entry = Layout.decodeEntry(at.key(), at.value());
              if (!entry.key().startsWith(prefix)) {
                continue;
              }
              Version now = version(db, bounded, entry.key(), entry.revision());
              Version previous =
                  entry.previous() == 0
                      ? null
                      : version(db, bounded, entry.key(), entry.previous());
              if (!visitor.visit(entry, now, previous)) {
                return true;
              }
            }
            at.status();
            return true;
          } finally {
            db.releaseSnapshot(snapshot);
          }
        });
  }

  private static Version version(RocksDB db, ReadOptions view, String key, long revision)
      throws RocksDBException {
    byte[] found = db.get(view, Layout.version(key, revision));
    if (found == null) {
      throw new IllegalStateException(
          "the log names revision %d of %s, which is not there".formatted(revision, key));
    }
    return Layout.decodeVersion(revision, found);
  }

  /// Goes over leases that end at `from` or later, soonest first.
  void leases(long from, LeaseVisitor visitor) {
    read(
        db -> {
          try (var end = new Slice(Layout.LEASES_END);
              var bounded = new ReadOptions().setIterateUpperBound(end);
              RocksIterator at = db.newIterator(bounded)) {
            at.seek(Layout.lease(from, 0));
            while (at.isValid()
                && visitor.visit(Layout.expiryOf(at.key()), new String(at.value(), UTF_8))) {
              at.next();
            }
            at.status();
            return true;
          }
        });
  }

  /// Takes one lease; false stops.
  interface LeaseVisitor {
    boolean visit(long expires, String key);
  }

  /// Writes a batch whole or not at all, and returns when it is on the disk.
  void commit(WriteBatch batch) throws RocksDBException {
    rocks.commit(batch);
  }

  /// Why no writes are taken; empty when they are.
  Optional<RocksDBException> refusal() {
    return rocks.refusal();
  }

  /// @see Rocks#reopen
  void reopen() throws RocksDBException {
    rocks.reopen();
  }

  /// Removes up to `most` log entries from one revision up to another, and the versions that they
  /// replaced.
  ///
  /// @return the first revision that is left to do; beyond `upTo` when done
  long sweep(long from, long upTo, int most) {
    return read(
        db -> {
          long next = upTo + 1;
          try (var end = new Slice(Layout.log(upTo + 1));
              var bounded = new ReadOptions().setIterateUpperBound(end);
              RocksIterator at = db.newIterator(bounded);
              var batch = new WriteBatch()) {
            for (at.seek(Layout.log(from)); at.isValid(); at.next()) {
              Entry entry = Layout.decodeEntry(at.key(), at.value());
              if (batch.count() >= most) {
                next = entry.revision();
                break;
              }
              if (entry.previous() != 0) {
                batch.delete(Layout.version(entry.key(), entry.previous()));
              }
              if (entry.deleted()) {
                batch.delete(Layout.version(entry.key(), entry.revision()));
              }
              batch.delete(at.key());
            }
            at.status();
            rocks.writeLazily(batch);
            return next;
          }
        });
  }

  /// Bytes on disk and in write buffers, about.
  long size() {
    return read(
        db ->
            db.getLongProperty("rocksdb.total-sst-files-size")
                + db.getLongProperty("rocksdb.cur-size-all-mem-tables"));
  }

  Path path() {
    return rocks.path();
  }

  @Override
  public void close() {
    rocks.close();
  }
}
