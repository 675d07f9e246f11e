package dev.navarch.node.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A container's log as the runtime writes it, line by line: `2026-11-23T12:00:00.123456789Z stdout
/// F the text`. `P` marks a part whose line goes on.
final class LogFile implements AutoCloseable {
  private static final int BLOCK = 64 << 10;
  private final Path path;
  private RandomAccessFile file;
  private @Nullable Object identity;
  private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();
  private byte[] buffer = new byte[0];
  private int at;
  private long limit = Long.MAX_VALUE;

  LogFile(Path path) throws IOException {
    this.path = path;
    this.file = new RandomAccessFile(path.toFile(), "r");
    this.identity = identity();
  }

  /// Ends the log where it ends now, whatever is written meanwhile.
  void endHere() throws IOException {
    limit = file.length();
  }

  /// At the end of a log that was put aside: goes on with the one that was begun in its place.
  /// Returns whether there is one.
  boolean followRotation() throws IOException {
    Object now = identity();
    if (now == null || now.equals(identity)) {
      return false;
    }
    if (file.getFilePointer() < file.length()) {
      return true;
    }
    file.close();
    file = new RandomAccessFile(path.toFile(), "r");
    identity = now;
    return true;
  }

  private @Nullable Object identity() throws IOException {
    return Files.exists(path)
        ? Files.readAttributes(path, BasicFileAttributes.class).fileKey()
        : null;
  }

  /// @param text with its line end, unless the line goes on
  record Entry(Instant time, String stream, byte[] text, String stamp) {}

  /// Goes to where the last `lines` lines begin.
  void seekToLast(long lines) throws IOException {
    long end = Math.min(limit, file.length());
    long found = 0;
    byte[] block = new byte[BLOCK];
    for (long from = end; from > 0; ) {
      int size = (int) Math.min(BLOCK, from);
      from -= size;
      file.seek(from);
      file.readFully(block, 0, size);
      for (int i = size - 1; i >= 0; i--) {
        boolean isLast = from + i == end - 1;
        if (block[i] == '\n' && !isLast && ++found == lines) {
          file.seek(from + i + 1);
          return;
        }
      }
    }
    file.seek(lines == 0 ? end : 0);
  }

  /// The next whole line; empty when there is none yet.
  Optional<Entry> next() throws IOException {
    while (true) {
      if (at == buffer.length) {
        byte[] block = new byte[BLOCK];
        int count = file.read(block, 0, (int) Math.min(BLOCK, limit - file.getFilePointer()));
        if (count <= 0) {
          return Optional.empty();
        }
        buffer = Arrays.copyOf(block, count);
        at = 0;
      }
      int end = at;
      while (end < buffer.length && buffer[end] != '\n') {
        end++;
      }
      unfinished.write(buffer, at, end - at);
      at = Math.min(end + 1, buffer.length);
      if (end < buffer.length) {
        byte[] line = unfinished.toByteArray();
        unfinished.reset();
        Optional<Entry> entry = parse(line);
        if (entry.isPresent()) {
          return entry;
        }
      }
    }
  }

  static Optional<Entry> parse(byte[] line) {
    int first = indexOf(line, 0);
    int second = first < 0 ? -1 : indexOf(line, first + 1);
    int third = second < 0 ? -1 : indexOf(line, second + 1);
    if (second < 0) {
      return Optional.empty();
    }
    String stamp = new String(line, 0, first, StandardCharsets.US_ASCII);
    String stream = new String(line, first + 1, second - first - 1, StandardCharsets.US_ASCII);
    int tagEnd = third < 0 ? line.length : third;
    String tags = new String(line, second + 1, tagEnd - second - 1, StandardCharsets.US_ASCII);
    boolean partial = tags.equals("P") || tags.startsWith("P:");
    int from = Math.min(tagEnd + 1, line.length);
    byte[] text = Arrays.copyOfRange(line, from, line.length + (partial ? 0 : 1));
    if (!partial) {
      text[text.length - 1] = '\n';
    }
    try {
      Instant time = java.time.OffsetDateTime.parse(stamp).toInstant();
      return Optional.of(new Entry(time, stream, text, stamp));
    } catch (DateTimeParseException notALogLine) {
      return Optional.empty();
    }
  }

  private static int indexOf(byte[] line, int from) {
    for (int i = from; i < line.length; i++) {
      if (line[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
