package dev.navarch.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Optional;

/// A byte stream inside WebSocket messages; where one message ends means nothing.
final class WebSocketConnection implements Exchange.Connection {
  private final WebSocket socket;
  private final Input input = new Input();
  private final Output output = new Output();

  WebSocketConnection(WebSocket socket) {
    this.socket = socket;
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return output;
  }

  @Override
  public void close() {
    socket.close();
  }

  private final class Input extends PartsStream {
    @Override
    Optional<byte[]> next() throws IOException {
      return socket.read().map(WebSocket.Message::data);
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int one) throws IOException {
      socket.sendBinary(new byte[] {(byte) one});
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      socket.sendBinary(Arrays.copyOfRange(bytes, from, from + length));
    }

    @Override
    public void close() {
      socket.close();
    }
  }
}
