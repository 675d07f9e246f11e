package dev.navarch.store;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/// What RocksDB holds, as {@link Records} show it.
///
/// @param snapshot null for what is there now
record RocksView(RocksDB db, @Nullable Snapshot snapshot) implements Records.View {

  @Override
  public byte @Nullable [] get(byte[] key) throws IOException {
    try (ReadOptions reading = options()) {
      return snapshot == null ? db.get(key) : db.get(reading, key);
    } catch (RocksDBException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private ReadOptions options() {
    var reading = new ReadOptions();
    return snapshot == null ? reading : reading.setSnapshot(snapshot);
  }

  @Override
  public Records.Cursor cursor(byte @Nullable [] end) {
    ReadOptions reading = options();
    Slice bound = end == null ? null : new Slice(end);
    if (bound != null) {
      reading.setIterateUpperBound(bound);
    }
    return new RocksCursor(db.newIterator(reading), reading, bound);
  }

  private record RocksCursor(RocksIterator at, ReadOptions reading, @Nullable Slice bound)
      implements Records.Cursor {
    @Override
    public void seek(byte[] key) {
      at.seek(key);
    }

    @Override
    public boolean isValid() throws IOException {
      if (at.isValid()) {
        return true;
      }
      try {
        at.status();
        return false;
      } catch (RocksDBException e) {
        throw new IOException(e.getMessage(), e);
      }
    }

    @Override
    public void next() {
      at.next();
    }

    @Override
    public byte[] key() {
      return at.key();
    }

    @Override
    public byte[] value() {
      return at.value();
    }

    @Override
    public byte firstByte() {
      byte[] first = new byte[1];
      at.value(first);
      return first[0];
    }

    @Override
    public void close() {
      at.close();
      reading.close();
      if (bound != null) {
        bound.close();
      }
    }
  }
}
