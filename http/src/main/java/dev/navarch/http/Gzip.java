package dev.navarch.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/// Compresses large answers, fast rather than small, as upstream does.
final class Gzip extends GZIPOutputStream {
  /// Answers up to this many bytes are not worth it.
  static final int THRESHOLD = 128 << 10;

  Gzip(OutputStream sink) throws IOException {
    super(sink, 16 << 10);
    def.setLevel(Deflater.BEST_SPEED);
  }

  static byte[] compress(byte[] bytes) {
    var sink = new ByteArrayOutputStream(bytes.length / 4);
    try (var gzip = new Gzip(sink)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sink.toByteArray();
  }
}
