package dev.navarch.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A small file beside the database that says how far it was when its last write had been synced. A
/// database that opens with less has lost its end to a cut or a flipped bit, which its own log
/// cannot tell from a write that was torn before anybody was told of it.
///
/// The file costs no sync of its own: it is written after each commit, and forced about once a
/// second. After a power cut it may be behind the log, never before it. Two slots are written in
/// turn, each with a checksum, so that one torn write leaves the other.
final class Head implements AutoCloseable {
  static final String FILE = "head";

  private static final Logger LOG = LoggerFactory.getLogger(Head.class);
  private static final long MAGIC = 0x6e61_7661_7263_6831L;
  private static final int SLOTS = 2;
  private static final int SLOT = 4096;
  private static final int RECORD = 40;
  private static final long FORCE_AFTER = 1_000_000_000L;

  private final Optional<Slots> file;
  private final LongSupplier nanos;
  private long turn;
  private boolean dirty;
  private long forced;

  Head(Optional<Slots> file, long turn, LongSupplier nanos) {
    this.file = file;
    this.turn = turn;
    this.nanos = nanos;
    this.forced = nanos.getAsLong();
  }

  /// Where the marks are written.
  interface Slots {
    void write(ByteBuffer mark, long at) throws IOException;

    /// Brings what was written to the disk.
    void force() throws IOException;

    void close() throws IOException;
  }

  private record OpenFile(FileChannel channel) implements Slots {
    @Override
    public void write(ByteBuffer mark, long at) throws IOException {
      channel.write(mark, at);
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /// How far a database was.
  ///
  /// @param turn which write of the head this is
  record Mark(long turn, long revision, long compacted) {}

  /// The file of a database that holds nothing yet.
  static byte[] fresh() {
    ByteBuffer bytes = ByteBuffer.allocate(SLOTS * SLOT);
    for (int slot = 0; slot < SLOTS; slot++) {
      bytes.put(slot * SLOT, encode(new Mark(slot, 0, 0)));
    }
    return bytes.array();
  }

  /// Makes the file.
  static void create(Path path) throws IOException {
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(fresh()));
      file.force(true);
    }
  }

  /// The newest mark in the file; empty when neither slot holds one.
  static Optional<Mark> read(Path path) throws IOException {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    return newest(Files.readAllBytes(path));
  }

  /// The newest mark in a file's bytes.
  static Optional<Mark> newest(byte[] bytes) {
    return IntStream.range(0, SLOTS)
        .mapToObj(slot -> decode(bytes, slot * SLOT))
        .flatMap(Optional::stream)
        .max((one, other) -> Long.compare(one.turn, other.turn));
  }

  /// Where nothing will be noted.
  static Head none() {
    return new Head(Optional.empty(), 0, () -> 0);
  }

  /// Goes on writing after a mark. Where the disk takes no writes there is nothing to note either.
  static Head open(Path path, Mark last, Turns turns) {
    try {
      FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE);
      return new Head(Optional.of(new OpenFile(file)), last.turn, turns::nanos);
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("how far the store is, is not noted");
      return new Head(Optional.empty(), last.turn, turns::nanos);
    }
  }

  /// Notes what has just been synced. Cheap: nothing waits for the disk.
  void note(long revision, long compacted) {
    write(
        to -> {
          turn++;
          byte[] record = encode(new Mark(turn, revision, compacted));
          to.write(ByteBuffer.wrap(record), turn % SLOTS * SLOT);
          dirty = true;
        });
  }

  /// Brings the notes to the disk when they have waited for long enough.
  void forceWhenDue() {
    if (dirty && nanos.getAsLong() - forced > FORCE_AFTER) {
      force();
    }
  }

  /// Whether some notes are not on the disk yet.
  boolean isDirty() {
    return dirty;
  }

  private void force() {
    forced = nanos.getAsLong();
    write(
        to -> {
          to.force();
          dirty = false;
        });
  }

  private interface Step {
    void on(Slots file) throws IOException;
  }

  /// A head that cannot be written is behind, and nothing worse.
  private void write(Step step) {
    if (file.isPresent()) {
      try {
        step.on(file.get());
      } catch (IOException e) {
        LOG.atDebug().setCause(e).log("how far the store is, is not noted");
      }
    }
  }

  @Override
  public void close() {
    force();
    write(Slots::close);
  }

  private static byte[] encode(Mark mark) {
    ByteBuffer record =
        ByteBuffer.allocate(RECORD)
            .putLong(MAGIC)
            .putLong(mark.turn)
            .putLong(mark.revision)
            .putLong(mark.compacted);
    return record.putLong(checksum(record.array())).array();
  }

  private static Optional<Mark> decode(byte[] bytes, int at) {
    if (bytes.length < at + RECORD) {
      return Optional.empty();
    }
    ByteBuffer record = ByteBuffer.allocate(RECORD).put(bytes, at, RECORD).flip();
    boolean sound =
        record.getLong() == MAGIC && record.getLong(RECORD - 8) == checksum(record.array());
    return sound
        ? Optional.of(new Mark(record.getLong(), record.getLong(), record.getLong()))
        : Optional.empty();
  }

  private static long checksum(byte[] record) {
    var crc = new CRC32C();
    crc.update(record, 0, RECORD - 8);
    return crc.getValue();
  }
}
