package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Layout.Entry;
import dev.navarch.store.Layout.Version;
import dev.navarch.store.Store.UnavailableException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompressionType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// RocksDB as the store uses it: versions, log and leases by {@link Layout}. Guards the native side
/// against use after close, and turns its exceptions into ours.
///
/// A torn record at the end of RocksDB's own log is a write that nobody was told of, and is
/// dropped; damage anywhere else stops the start, because it could hide acknowledged writes.
final class Database implements AutoCloseable {
  private static final long WRITE_BUFFER = 16L << 20;
  private static final long BLOCK_CACHE = 16L << 20;

  private final DataDirectory directory;
  private final LRUCache blocks;
  private final Options options;
  private final RocksDB rocks;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions lazy = new WriteOptions();
  private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  private Database(DataDirectory directory, LRUCache blocks, Options options, RocksDB rocks) {
    this.directory = directory;
    this.blocks = blocks;
    this.options = options;
    this.rocks = rocks;
  }

  static Database open(Path path) {
    DataDirectory directory = DataDirectory.claim(path);
    Natives.load(path.resolve("natives"));
    var blocks = new LRUCache(BLOCK_CACHE);
    var options =
        new Options()
            .setCreateIfMissing(true)
            .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
            .setAvoidFlushDuringRecovery(true)
            .setWriteBufferSize(WRITE_BUFFER)
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(blocks))
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setKeepLogFileNum(2)
            .setStatsDumpPeriodSec(0);
    try {
      RocksDB rocks = RocksDB.open(options, directory.database().toString());
      return new Database(directory, blocks, options, rocks);
    } catch (RocksDBException e) {
      options.close();
      blocks.close();
      throw directory.unusable(e);
    }
  }

  /// What a read does with RocksDB.
  @FunctionalInterface
  private interface Read<T> {
    T from(RocksDB rocks) throws RocksDBException;
  }

  private <T> T read(Read<T> read) {
    open.readLock().lock();
    try {
      if (closed) {
        throw new UnavailableException("the store is closed", null);
      }
      return read.from(rocks);
    } catch (RocksDBException e) {
      throw new UnavailableException(
          "the store cannot read from %s: %s".formatted(directory.path(), e.getMessage()), e);
    } finally {
      open.readLock().unlock();
    }
  }

  /// A number among the `m` records.
  long number(byte[] name, long otherwise) {
    return read(
        rocks -> {
          byte[] found = rocks.get(name);
          return found == null ? otherwise : Layout.number(found);
        });
  }

  /// The newest version of a key; empty when it does not exist.
  Optional<Version> newest(String key) {
    byte[] wanted = Layout.version(key, Long.MAX_VALUE);
    return read(
        rocks -> {
          try (RocksIterator at = rocks.newIterator()) {
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
        rocks -> {
          try (var end = new Slice(Layout.bound(to));
              var bounded = new ReadOptions().setIterateUpperBound(end);
              RocksIterator at = rocks.newIterator(bounded)) {
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
        rocks -> {
          Snapshot snapshot = rocks.getSnapshot();
          try (var end = new Slice(Layout.log(upTo + 1));
              var bounded = new ReadOptions().setSnapshot(snapshot).setIterateUpperBound(end);
              RocksIterator at = rocks.newIterator(bounded)) {
            if (!stillThere.test(after)) {
              return false;
            }
            for (at.seek(Layout.log(after + 1)); at.isValid(); at.next()) {
              Entry entry = Layout.decodeEntry(at.key(), at.value());
              if (!entry.key().startsWith(prefix)) {
                continue;
              }
              Version now = version(rocks, bounded, entry.key(), entry.revision());
              Version previous =
                  entry.previous() == 0
                      ? null
                      : version(rocks, bounded, entry.key(), entry.previous());
              if (!visitor.visit(entry, now, previous)) {
                return true;
              }
            }
            at.status();
            return true;
          } finally {
            rocks.releaseSnapshot(snapshot);
          }
        });
  }

  private static Version version(RocksDB rocks, ReadOptions view, String key, long revision)
      throws RocksDBException {
    byte[] found = rocks.get(view, Layout.version(key, revision));
    if (found == null) {
      throw new IllegalStateException(
          "the log names revision %d of %s, which is not there".formatted(revision, key));
    }
    return Layout.decodeVersion(revision, found);
  }

  /// Goes over leases that end at `from` or later, soonest first.
  void leases(long from, LeaseVisitor visitor) {
    read(
        rocks -> {
          try (var end = new Slice(Layout.LEASES_END);
              var bounded = new ReadOptions().setIterateUpperBound(end);
              RocksIterator at = rocks.newIterator(bounded)) {
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
    rocks.write(synced, batch);
  }

  /// Removes up to `most` log entries from one revision up to another, and the versions that they
  /// replaced.
  ///
  /// @return the first revision that is left to do; beyond `upTo` when done
  long sweep(long from, long upTo, int most) {
    return read(
        rocks -> {
          long next = upTo + 1;
          try (var end = new Slice(Layout.log(upTo + 1));
              var bounded = new ReadOptions().setIterateUpperBound(end);
              RocksIterator at = rocks.newIterator(bounded);
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
            rocks.write(lazy, batch);
            return next;
          }
        });
  }

  /// Bytes on disk and in write buffers, about.
  long size() {
    return read(
        rocks ->
            rocks.getLongProperty("rocksdb.total-sst-files-size")
                + rocks.getLongProperty("rocksdb.cur-size-all-mem-tables"));
  }

  Path path() {
    return directory.path();
  }

  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        rocks.close();
        Arrays.asList(synced, lazy, options, blocks).forEach(part -> part.close());
      }
    } finally {
      open.writeLock().unlock();
    }
  }
}
