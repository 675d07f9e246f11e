package dev.navarch.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// Bytes that come in parts, as one stream; where a part ends means nothing.
abstract class PartsStream extends InputStream {
  private byte[] part = new byte[0];
  private int at;

  /// Waits for the next part; empty at the end.
  abstract Optional<byte[]> next() throws IOException;

  /// How much of the part at hand nobody has read yet.
  final int rest() {
    return part.length - at;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (rest() == 0) {
      Optional<byte[]> next = next();
      if (next.isEmpty()) {
        return -1;
      }
      part = next.get();
      at = 0;
    }
    int count = Math.min(length, rest());
    System.arraycopy(part, at, into, from, count);
    at += count;
    return count;
  }
}
