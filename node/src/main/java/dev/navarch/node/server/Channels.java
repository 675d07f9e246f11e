package dev.navarch.node.server;

import dev.navarch.http.Exchange;
import dev.navarch.http.SpdySession;
import dev.navarch.http.SpdyStream;
import dev.navarch.http.WebSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Translates `v4.channel.k8s.io` and `v5.channel.k8s.io`, where the first byte of a WebSocket
/// message names the channel, to one SPDY stream for each channel. In v5 a client can close its
/// input and go on listening.
final class Channels {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;
  private static final int CLOSE = 255;

  private final WebSocket socket;
  private final SpdyStream error;
  private final Optional<SpdyStream> stdin;
  private final Optional<SpdyStream> stdout;
  private final Optional<SpdyStream> stderr;
  private final Optional<SpdyStream> resize;

  Channels(WebSocket socket, SpdySession session, Streams.Ends ends) throws IOException {
    this.socket = socket;
    this.error = session.open(Map.of("streamtype", "error"));
    this.stdin = open(session, "stdin", ends.in());
    this.stdout = open(session, "stdout", ends.out());
    this.stderr = open(session, "stderr", ends.err() && !ends.tty());
    this.resize = open(session, "resize", ends.tty());
  }

  /// Returns when the process has ended and all of its output was sent, or the client is gone.
  void run() throws IOException {
    Thread.ofVirtual().name("exec input").start(this::receive);
    List<Thread> senders = new ArrayList<>();
    stdout.ifPresent(stream -> senders.add(send(STDOUT, stream)));
    stderr.ifPresent(stream -> senders.add(send(STDERR, stream)));
    senders.add(send(ERROR, error));
    try {
      for (Thread sender : senders) {
        sender.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    socket.close(1000, "");
  }

  private static Optional<SpdyStream> open(SpdySession session, String type, boolean wanted)
      throws IOException {
    return wanted ? Optional.of(session.open(Map.of("streamtype", type))) : Optional.empty();
  }

  private Thread send(int channel, SpdyStream stream) {
    return Thread.ofVirtual()
        .name("exec output")
        .start(
            () -> {
              byte[] buffer = new byte[32 << 10];
              try {
                for (int count = stream.input().read(buffer);
                    count >= 0;
                    count = stream.input().read(buffer)) {
                  byte[] message = new byte[count + 1];
                  message[0] = (byte) channel;
                  System.arraycopy(buffer, 0, message, 1, count);
                  socket.sendBinary(message);
                }
              } catch (IOException | Exchange.ClosedException clientIsGone) {
                stream.close();
              }
            });
  }

  private void receive() {
    try {
      for (Optional<WebSocket.Message> message = socket.read();
          message.isPresent();
          message = socket.read()) {
        byte[] data = message.get().data();
        if (data.length > 0) {
          dispatch(data);
        }
      }
    } catch (IOException | Exchange.ClosedException clientIsGone) {
      error.reset();
    }
    List.of(stdin, stdout, stderr, resize).forEach(stream -> stream.ifPresent(SpdyStream::close));
    error.close();
  }

  private void dispatch(byte[] data) throws IOException {
    switch (Byte.toUnsignedInt(data[0])) {
      case STDIN -> write(stdin, data);
      case RESIZE -> write(resize, data);
      case CLOSE -> {
        if (data.length > 1 && data[1] == STDIN && stdin.isPresent()) {
          stdin.get().output().close();
        }
      }
      default -> {}
    }
  }

  private static void write(Optional<SpdyStream> stream, byte[] data) throws IOException {
    if (stream.isPresent()) {
      stream.get().output().write(data, 1, data.length - 1);
      stream.get().output().flush();
    }
  }
}
