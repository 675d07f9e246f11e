package dev.navarch.http;

import java.io.BufferedInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;

/// A plain or TLS socket as a {@link Exchange.Connection}.
public final class SocketConnection implements Exchange.Connection {
  private final Socket socket;
  private final InputStream input;
  private final OutputStream output;

  public SocketConnection(Socket socket) {
    this.socket = socket;
    try {
      socket.setTcpNoDelay(true);
      this.input = new BufferedInputStream(socket.getInputStream(), 16 << 10);
      this.output = new HalfClosing(socket.getOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
    try {
      socket.close();
    } catch (IOException gone) {
      // It is closed as far as this side is concerned.
    }
  }

  /// Closing a socket's own stream would end both directions.
  private final class HalfClosing extends FilterOutputStream {
    HalfClosing(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      if (!socket.isClosed() && !socket.isOutputShutdown()) {
        socket.shutdownOutput();
      }
    }
  }
}
