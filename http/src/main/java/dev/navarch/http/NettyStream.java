package dev.navarch.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// An answer written in parts. The first parts are held back until it is clear what they are: a
/// short answer (sent whole, with its length), a long one (compressed if the client likes), or a
/// live one (its first flush sends it plain). An answer that says how long it is needs no holding
/// back. Small writes are gathered into parts of some KB.
final class NettyStream implements Exchange.Stream {
  /// Two whole TLS records.
  private static final int PART = 32 << 10;

  private static final long UNKNOWN = -1;

  private static final int LEAST = 512;
  private static final byte[] NOTHING = {};
  private final NettyExchange exchange;
  private final int status;
  private final String contentType;
  private final long length;
  private @Nullable ByteArrayOutputStream held = new ByteArrayOutputStream();
  private @Nullable Gzip gzip;
  private byte[] part = NOTHING;
  private int filled;
  private @Nullable Queue<byte[]> spare;
  private boolean large;
  private long written;
  private boolean closed;

  NettyStream(NettyExchange exchange, int status, String contentType) {
    this(exchange, status, contentType, UNKNOWN);
  }

  /// @param length of all that will be written
  NettyStream(NettyExchange exchange, int status, String contentType, long length) {
    this.exchange = exchange;
    this.status = status;
    this.contentType = contentType;
    this.length = length;
    if (length > Gzip.THRESHOLD) {
      large = true;
      begin(exchange.acceptsGzip());
    }
  }

  @Override
  public synchronized void write(byte[] bytes) {
    if (!isOpen()) {
      throw new Exchange.ClosedException();
    }
    written += bytes.length;
    if (held == null) {
      pass(bytes);
      return;
    }
    held.writeBytes(bytes);
    if (held.size() > Gzip.THRESHOLD) {
      large = true;
      begin(exchange.acceptsGzip());
    }
  }

  @Override
  public synchronized void flush() {
    if (!isOpen()) {
      throw new Exchange.ClosedException();
    }
    begin(false);
    if (filled == 0) {
      exchange.channel().flush();
    } else {
      exchange.gate().writeAndFlush(takePart());
    }
  }

  private void begin(boolean zip) {
    if (held == null) {
      return;
    }
    byte[] first = held.toByteArray();
    held = null;
    if (length == UNKNOWN || zip) {
      exchange.begin(status, contentType, zip);
    } else {
      exchange.begin(status, contentType, length);
    }
    try {
      gzip = zip ? new Gzip(new Parts()) : null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    pass(first);
  }

  private void pass(byte[] bytes) {
    if (gzip == null) {
      send(bytes, 0, bytes.length);
      return;
    }
    try {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void send(byte[] bytes, int from, int length) {
    if (exchange.method().equals("HEAD")) {
      return;
    }
    int at = from;
    while (at < from + length) {
      if (filled == PART) {
        writeWhole();
      }
      if (filled == part.length) {
        part = wider(from + length - at);
      }
      int many = Math.min(from + length - at, part.length - filled);
      System.arraycopy(bytes, at, part, filled, many);
      filled += many;
      at += many;
    }
  }

  private byte[] wider(int more) {
    byte[] used = filled == 0 ? used() : null;
    if (used != null) {
      return used;
    }
    int size = large ? PART : Math.clamp(2L * (filled + more), LEAST, PART);
    return Arrays.copyOf(part, size);
  }

  /// One that was written before: a long answer takes no more than what is on its way.
  private byte @Nullable [] used() {
    return spare == null ? null : spare.poll();
  }

  private void writeWhole() {
    byte[] whole = part;
    Queue<byte[]> back = spare == null ? new ConcurrentLinkedQueue<>() : spare;
    spare = back;
    exchange.gate().write(takePart()).addListener(written -> back.add(whole));
  }

  private HttpContent takePart() {
    HttpContent content = new DefaultHttpContent(Unpooled.wrappedBuffer(part, 0, filled));
    part = NOTHING;
    filled = 0;
    return content;
  }

  @Override
  public boolean isOpen() {
    return !closed && exchange.channel().isActive();
  }

  @Override
  public void onClose(Runnable action) {
    exchange.onClose(action);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (length != UNKNOWN && written != length) {
      exchange.abort();
      return;
    }
    if (held != null) {
      exchange.respond(status, contentType, held.toByteArray());
      return;
    }
    try {
      if (gzip != null) {
        gzip.close();
      }
    } catch (Exchange.ClosedException | IOException gone) {
      exchange.abort();
      return;
    }
    if (filled > 0) {
      exchange.channel().write(takePart());
    }
    exchange.end(exchange.channel().writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
  }

  /// Where compressed bytes go.
  private final class Parts extends OutputStream {
    @Override
    public void write(int one) {
      send(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      send(bytes, from, length);
    }
  }
}
