package dev.navarch.node.server;

import dev.navarch.client.Objects;
import dev.navarch.http.Exchange;
import dev.navarch.http.SpdySession;
import dev.navarch.http.SpdyStream;
import dev.navarch.http.WebSocket;
import dev.navarch.node.server.ChannelFormat.Part;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Translates the channels of WebSocket messages ({@link ChannelFormat}) to one SPDY stream each.
/// In v5 a client can close its input and go on listening.
final class Channels {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;
  private static final int CLOSE = 255;
  private static final int MAX_STATUS = 64 << 10;

  private final WebSocket socket;
  private final ChannelFormat format;
  private final SpdyStream error;
  private final Optional<SpdyStream> stdin;
  private final Optional<SpdyStream> stdout;
  private final Optional<SpdyStream> stderr;
  private final Optional<SpdyStream> resize;

  Channels(WebSocket socket, SpdySession session, Streams.Ends ends) throws IOException {
    this.socket = socket;
    this.format = ChannelFormat.of(socket.protocol());
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
    senders.add(format.plain() ? sender(this::sendWords) : send(ERROR, error));
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

  private interface Sending {
    void run() throws IOException;
  }

  private static Thread sender(Sending sending) {
    return Thread.ofVirtual()
        .name("exec output")
        .start(
            () -> {
              try {
                sending.run();
              } catch (IOException | Exchange.ClosedException clientIsGone) {
                // The process ends with its streams.
              }
            });
  }

  private Thread send(int channel, SpdyStream stream) {
    return sender(
        () -> {
          byte[] buffer = new byte[32 << 10];
          try {
            for (int count = stream.input().read(buffer);
                count >= 0;
                count = stream.input().read(buffer)) {
              format.send(socket, new Part(channel, Arrays.copyOf(buffer, count)));
            }
          } catch (IOException | Exchange.ClosedException clientIsGone) {
            stream.close();
            throw clientIsGone;
          }
        });
  }

  /// What went wrong, if anything.
  private void sendWords() throws IOException {
    byte[] status = error.input().readNBytes(MAX_STATUS);
    if (status.length > 0) {
      ObjectNode said = Objects.document(status);
      if (!said.path("status").asString("").equals("Success")) {
        byte[] words = said.path("message").asString("").getBytes(StandardCharsets.UTF_8);
        format.send(socket, new Part(ERROR, words));
      }
    }
  }

  private void receive() {
    try {
      for (Optional<WebSocket.Message> message = socket.read();
          message.isPresent();
          message = socket.read()) {
        Optional<Part> part = format.read(message.get());
        if (part.isPresent()) {
          dispatch(part.get());
        }
      }
    } catch (IOException | Exchange.ClosedException clientIsGone) {
      error.reset();
    }
    List.of(stdin, stdout, stderr, resize).forEach(stream -> stream.ifPresent(SpdyStream::close));
    error.close();
  }

  private void dispatch(Part part) throws IOException {
    switch (part.channel()) {
      case STDIN -> write(stdin, part.data());
      case RESIZE -> write(resize, part.data());
      case CLOSE -> {
        if (part.data().length > 0 && part.data()[0] == STDIN && stdin.isPresent()) {
          stdin.get().output().close();
        }
      }
      default -> {}
    }
  }

  private static void write(Optional<SpdyStream> stream, byte[] data) throws IOException {
    if (stream.isPresent()) {
      stream.get().output().write(data);
      stream.get().output().flush();
    }
  }
}
