package dev.navarch.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/// Reads RocksDB's logs before RocksDB does, and finds records that are not what was written:
/// RocksDB takes some for the torn end of a log, and with others never comes to an end. Only an
/// incomplete record at the very end of a log is in order.
///
/// A log is a row of 32 KB blocks; a record's fragment has a checksum (4 bytes), a length (2), a
/// type (1: whole, 2: first, 3: middle, 4: last) and its bytes, and never crosses a block's end.
final class LogCheck {
  private static final int BLOCK = 32 << 10;
  private static final int HEADER = 7;
  private static final int WHOLE = 1;
  private static final int FIRST = 2;
  private static final int MIDDLE = 3;
  private static final int LAST = 4;

  private final ByteBuffer log;
  private boolean within;

  private LogCheck(ByteBuffer log) {
    this.log = log.order(ByteOrder.LITTLE_ENDIAN);
  }

  /// What is wrong with a log.
  record Fault(Path file, int at, String found) {
    @Override
    public String toString() {
      return "%s at byte %d: %s".formatted(file, at, found);
    }
  }

  /// The first fault in the logs of a database's folder.
  static Optional<Fault> first(Path database) throws IOException {
    if (!Files.exists(database)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(database)) {
      List<Path> logs = files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
      for (Path log : logs) {
        Optional<Fault> fault = check(log);
        if (fault.isPresent()) {
          return fault;
        }
      }
    }
    return Optional.empty();
  }

  static Optional<Fault> check(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
      var check = new LogCheck(bytes.flip());
      int at = 0;
      while (at >= 0 && at < bytes.limit()) {
        Optional<String> found = check.fragment(at);
        if (found.isPresent()) {
          return Optional.of(new Fault(file, at, found.get()));
        }
        at = check.next(at);
      }
      return Optional.empty();
    }
  }

  private int left(int at) {
    return BLOCK - at % BLOCK;
  }

  private int length(int at) {
    return Short.toUnsignedInt(log.getShort(at + 4));
  }

  /// Where the fragment after this one begins; -1 at the end.
  private int next(int at) {
    if (left(at) < HEADER || isPadding(at)) {
      return at + left(at);
    }
    return isTorn(at) ? -1 : at + HEADER + length(at);
  }

  private boolean isPadding(int at) {
    return at + HEADER <= log.limit() && log.getInt(at) == 0 && length(at) == 0 && type(at) == 0;
  }

  /// The log ends within the fragment: so far had it been written.
  private boolean isTorn(int at) {
    return at + HEADER > log.limit() || at + HEADER + length(at) > log.limit();
  }

  private int type(int at) {
    return Byte.toUnsignedInt(log.get(at + 6));
  }

  private Optional<String> fragment(int at) {
    if (left(at) < HEADER || isPadding(at)) {
      return Optional.empty();
    }
    if (at + HEADER <= log.limit() && HEADER + length(at) > left(at)) {
      return Optional.of("a record of %d bytes beyond its block".formatted(length(at)));
    }
    if (isTorn(at)) {
      return Optional.empty();
    }
    int type = type(at);
    if (type < WHOLE || type > LAST) {
      return Optional.of("a record of type %d, expected 1 to 4".formatted(type));
    }
    int expected = log.getInt(at);
    int found = checksum(at);
    if (found != expected) {
      return Optional.of("a record with checksum %08x, expected %08x".formatted(found, expected));
    }
    boolean continues = type == MIDDLE || type == LAST;
    if (continues != within) {
      return Optional.of(within ? "a record without its end" : "a record without its beginning");
    }
    within = type == FIRST || type == MIDDLE;
    return Optional.empty();
  }

  /// RocksDB's masked CRC-32C over type and bytes.
  private int checksum(int at) {
    var crc = new CRC32C();
    crc.update(log.slice(at + 6, 1 + length(at)));
    int value = (int) crc.getValue();
    return Integer.rotateRight(value, 15) + 0xa282ead8;
  }
}
