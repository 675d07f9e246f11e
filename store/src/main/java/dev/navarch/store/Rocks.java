package dev.navarch.store;

import dev.navarch.store.Store.UnavailableException;
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
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// RocksDB, opened the way the store needs it. Guards the native side against use after close, and
/// turns its exceptions into ours. On a disk that refuses writes it opens for reading, until {@link
/// #reopen} finds the disk better.
///
/// A torn record at the end of RocksDB's own log is a write that nobody was told of, and is
/// dropped; damage before the end stops the start.
final class Rocks implements AutoCloseable {
  private static final long WRITE_BUFFER = 16L << 20;
  private static final long BLOCK_CACHE = 16L << 20;

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
  private record Opened(RocksDB db, @Nullable RocksDBException refusal) {}

  private Rocks(DataDirectory directory, boolean reading) throws RocksDBException {
    this.directory = directory;
    try {
      this.opened = reading ? reading(new RocksDBException("opened to be read")) : opening();
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
      return reading(e);
    }
  }

  private Opened reading(RocksDBException why) throws RocksDBException {
    return new Opened(RocksDB.openReadOnly(options, directory.database().toString()), why);
  }

  /// What a caller does with RocksDB.
  @FunctionalInterface
  interface Use<T> {
    T of(RocksDB db) throws RocksDBException;
  }

  <T> T read(Use<T> use) {
    lock.readLock().lock();
    try {
      if (closed != null) {
        throw new UnavailableException(closed, null);
      }
      return use.of(opened.db());
    } catch (RocksDBException e) {
      throw new UnavailableException(
          "the store cannot read from %s: %s".formatted(path(), e.getMessage()), e);
    } finally {
      lock.readLock().unlock();
    }
  }

  /// Writes a batch whole or not at all, and returns when it is on the disk.
  void commit(WriteBatch batch) throws RocksDBException {
    lock.readLock().lock();
    try {
      if (opened.refusal() != null) {
        throw opened.refusal();
      }
      opened.db().write(synced, batch);
    } finally {
      lock.readLock().unlock();
    }
  }

  /// Writes what may be lost and is then done again.
  void writeLazily(WriteBatch batch) {
    read(
        db -> {
          db.write(lazy, batch);
          return true;
        });
  }

  /// Why no writes are taken; empty when they are.
  Optional<RocksDBException> refusal() {
    lock.readLock().lock();
    try {
      return Optional.ofNullable(opened.refusal());
    } finally {
      lock.readLock().unlock();
    }
  }

  /// Opens RocksDB anew after a write that failed, because only the disk knows what became of it.
  /// What is then found there is durable, unless the disk still refuses.
  void reopen() throws RocksDBException {
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
        throw e;
      }
      if (opened.refusal() == null) {
        try (var flush = new FlushOptions()) {
          opened.db().flush(flush);
        }
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  Path path() {
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
