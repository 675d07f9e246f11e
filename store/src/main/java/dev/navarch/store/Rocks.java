package dev.navarch.store;

import dev.navarch.store.Store.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Snapshot;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// RocksDB, opened the way the store needs it. Guards the native side against use after close, and
/// turns its exceptions into Java's. On a disk that refuses writes it opens for reading, until
/// {@link #reopen} finds the disk better.
///
/// A torn record at the end of RocksDB's own log is a write that nobody was told of, and is
/// dropped; damage before the end stops the start.
final class Rocks implements Records {
  private static final long WRITE_BUFFER = 16L << 20;
  private static final long BLOCK_CACHE = 16L << 20;

  /// What a change takes in a batch beside its key and value, at most.
  private static final int PER_CHANGE = 16;

  private final DataDirectory directory;
  private final LRUCache blocks = new LRUCache(BLOCK_CACHE);
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions lazy = new WriteOptions();
  private final Options options =
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
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private Opened opened;
  private @Nullable String closed;

  /// RocksDB as it was opened, and why it takes no writes, if it does not.
  private record Opened(RocksDB db, @Nullable IOException refusal) {}

  private Rocks(DataDirectory directory, boolean reading) throws RocksDBException {
    this.directory = directory;
    try {
      this.opened = reading ? reading(new IOException("opened to be read")) : opening();
    } catch (RocksDBException e) {
      closeOptions();
      throw e;
    }
  }

  /// @param reading whether another process may have it open, and this one only looks
  static Rocks open(DataDirectory directory, boolean reading) {
    Natives.load(directory.path().resolve("natives"));
    try {
      return new Rocks(directory, reading);
    } catch (RocksDBException e) {
      throw directory.unusable(e);
    }
  }

  private Opened opening() throws RocksDBException {
    try {
      var writable = new Opened(RocksDB.open(options, directory.database().toString()), null);
      directory.sign();
      return writable;
    } catch (RocksDBException e) {
      if (!DataDirectory.refusesWrites(e)) {
        throw e;
      }
      return reading(failure(e));
    }
  }

  private Opened reading(IOException why) throws RocksDBException {
    return new Opened(RocksDB.openReadOnly(options, directory.database().toString()), why);
  }

  private static IOException failure(RocksDBException e) {
    return new IOException(e.getMessage(), e);
  }

  @Override
  public <T> T read(Use<T> use) {
    return guarded(db -> use.of(new RocksView(db, null)));
  }

  @Override
  public <T> T frozen(Use<T> use) {
    return guarded(
        db -> {
          Snapshot snapshot = db.getSnapshot();
          try {
            return use.of(new RocksView(db, snapshot));
          } finally {
            db.releaseSnapshot(snapshot);
          }
        });
  }

  private interface Guarded<T> {
    T of(RocksDB db) throws IOException, RocksDBException;
  }

  private <T> T guarded(Guarded<T> use) {
    lock.readLock().lock();
    try {
      if (closed != null) {
        throw new UnavailableException(closed, null);
      }
      return use.of(opened.db());
    } catch (RocksDBException | IOException e) {
      throw new UnavailableException(
          "the store cannot read from %s: %s".formatted(path(), e.getMessage()), e);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void commit(Changes changes) throws IOException {
    lock.readLock().lock();
    try (WriteBatch batch = batch(changes)) {
      if (opened.refusal() != null) {
        throw opened.refusal();
      }
      opened.db().write(synced, batch);
    } catch (RocksDBException e) {
      throw failure(e);
    } finally {
      lock.readLock().unlock();
    }
  }

  private static WriteBatch batch(Changes changes) throws RocksDBException {
    var batch = new WriteBatch((int) changes.bytes() + PER_CHANGE * changes.count());
    for (Changes.Change change : changes.all()) {
      if (change.value() == null) {
        batch.delete(change.key());
      } else {
        batch.put(change.key(), change.value());
      }
    }
    return batch;
  }

  @Override
  public void writeLazily(Changes changes) {
    guarded(
        db -> {
          try (WriteBatch batch = batch(changes)) {
            db.write(lazy, batch);
          }
          return true;
        });
  }

  @Override
  public Optional<IOException> refusal() {
    lock.readLock().lock();
    try {
      return Optional.ofNullable(opened.refusal());
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void reopen() throws IOException {
    lock.writeLock().lock();
    try {
      if (closed != null) {
        return;
      }
      opened.db().close();
      try {
        opened = opening();
      } catch (RocksDBException e) {
        closed = "the store is closed: " + directory.unusable(e).getMessage();
        closeOptions();
        throw failure(e);
      }
      if (opened.refusal() == null) {
        flush();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void flush() throws IOException {
    try (var flush = new FlushOptions()) {
      opened.db().flush(flush);
    } catch (RocksDBException e) {
      throw failure(e);
    }
  }

  @Override
  public void verify() {
    guarded(
        db -> {
          db.verifyChecksum();
          return true;
        });
  }

  @Override
  public long size() {
    return guarded(
        db ->
            db.getLongProperty("rocksdb.total-sst-files-size")
                + db.getLongProperty("rocksdb.cur-size-all-mem-tables"));
  }

  @Override
  public Path path() {
    return directory.path();
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (closed == null) {
        closed = "the store is closed";
        opened.db().close();
        closeOptions();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void closeOptions() {
    Arrays.asList(synced, lazy, options, blocks).forEach(part -> part.close());
  }
}
