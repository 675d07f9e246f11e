package dev.navarch.apiserver.proxy;

import dev.navarch.http.Exchange;
import dev.navarch.http.WebSocket;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/// Bytes on their way to a client in WebSocket messages, as they come: binary, or base64 as text
/// where the client asks for that. What the client sends means nothing, but for its goodbye.
final class Messages implements AutoCloseable {
  private static final String BASE64 = "base64.binary.k8s.io";
  private static final List<String> PROTOCOLS = List.of("binary.k8s.io", BASE64);
  private static final int LARGEST = 32 << 10;

  private final WebSocket socket;

  private Messages(WebSocket socket) {
    this.socket = socket;
  }

  /// @param gone is called when the client has left
  static Messages accept(Exchange exchange, Runnable gone) throws IOException {
    var messages = new Messages(WebSocket.accept(exchange, PROTOCOLS));
    Thread.ofVirtual().name("websocket goodbye").start(() -> messages.awaitGoodbye(gone));
    return messages;
  }

  private void awaitGoodbye(Runnable gone) {
    try {
      while (socket.read().isPresent()) {
        // nothing that a client could say changes what it gets
      }
    } catch (IOException left) {
      // as good as a goodbye
    }
    gone.run();
  }

  /// Until the bytes end, or nobody is left at either end.
  void send(InputStream bytes) {
    byte[] buffer = new byte[LARGEST];
    try {
      for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
        send(Arrays.copyOf(buffer, count));
      }
    } catch (IOException gone) {
      // whoever is left sees the end of the messages
    }
  }

  private void send(byte[] part) throws IOException {
    if (socket.protocol().equals(BASE64)) {
      socket.sendText(Base64.getEncoder().encodeToString(part));
    } else {
      socket.sendBinary(part);
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
