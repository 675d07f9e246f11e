package dev.navarch.apiserver.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.http.Exchange;
import dev.navarch.http.WebSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;

/// A watch over WebSocket, as fabric8's client and browsers ask for it: what is written between two
/// flushes is one message. What the client sends means nothing, but for its goodbye.
final class WatchMessages implements Exchange.Stream {
  private static final String BEARER = "base64url.bearer.authorization.k8s.io.";
  private static final int LENGTH_BYTES = 4;

  private final WebSocket socket;
  private final boolean text;
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();
  private volatile boolean open = true;
  private volatile Runnable whenClosed = () -> {};

  private WatchMessages(WebSocket socket, boolean text) {
    this.socket = socket;
    this.text = text;
  }

  /// @param text whether events are text; binary ones lose the length in front, which the message
  ///   tells already
  static WatchMessages accept(Exchange exchange, boolean text) {
    List<String> protocols =
        WebSocket.offered(exchange).stream().filter(name -> !name.startsWith(BEARER)).toList();
    try {
      return new WatchMessages(WebSocket.accept(exchange, protocols), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Returns when the client is gone or the watch was closed.
  void awaitEnd() {
    try {
      while (socket.read().isPresent()) {
        // nothing that a client could say changes its watch
      }
    } catch (IOException gone) {
      // as good as a goodbye
    }
    open = false;
    whenClosed.run();
  }

  @Override
  public void write(byte[] bytes) {
    message.writeBytes(bytes);
  }

  @Override
  public void flush() {
    byte[] whole = message.toByteArray();
    message.reset();
    if (whole.length == 0) {
      return;
    }
    try {
      if (text) {
        socket.sendText(new String(whole, UTF_8));
      } else {
        socket.sendBinary(Arrays.copyOfRange(whole, LENGTH_BYTES, whole.length));
      }
    } catch (IOException gone) {
      open = false;
      throw new Exchange.ClosedException();
    }
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void onClose(Runnable action) {
    whenClosed = action;
  }

  @Override
  public void close() {
    open = false;
    socket.close();
  }
}
