package dev.navarch.store;

import dev.navarch.store.Store.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An ordered map of bytes to bytes on a disk, which is what {@link Database} is made of. {@link
/// Rocks} is the real one; a simulation has its own.
interface Records extends AutoCloseable {

  /// What a caller does with the records.
  @FunctionalInterface
  interface Use<T> {
    T of(View view) throws IOException;
  }

  /// Uses the records as they are, while others change them.
  ///
  /// @throws UnavailableException when they cannot be read
  <T> T read(Use<T> use);

  /// Uses the records as they were when this was called.
  <T> T frozen(Use<T> use);

  /// Makes changes durable, whole or not at all, and returns when they are. After an exception only
  /// {@link #reopen} tells what became of them.
  void commit(Changes changes) throws IOException;

  /// Makes changes that may be lost, and are then made again.
  void writeLazily(Changes changes);

  /// Why no changes are taken; empty when they are.
  Optional<IOException> refusal();

  /// Asks the disk what is on it, after a change that failed: what is found is durable, unless it
  /// still refuses.
  void reopen() throws IOException;

  /// Reads everything, and compares it with its checksums.
  void verify();

  /// Bytes that all records take, about.
  long size();

  Path path();

  @Override
  void close();

  /// The records as somebody sees them.
  interface View {
    byte @Nullable [] get(byte[] key) throws IOException;

    /// Goes over records below `end`.
    ///
    /// @param end null for no end
    Cursor cursor(byte @Nullable [] end);
  }

  /// A place among the records, as they were when it was made.
  interface Cursor extends AutoCloseable {
    /// Goes to the first record at `key` or after.
    void seek(byte[] key);

    /// Whether there is a record here; throws when that cannot be read.
    boolean isValid() throws IOException;

    void next();

    byte[] key();

    byte[] value();

    /// The value's first byte alone, which is cheaper.
    byte firstByte();

    @Override
    void close();
  }
}
