package dev.navarch.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/// Any bytes where frames are expected: they end the connection, and never more than what came is
/// kept.
final class FramesFuzzTest {

  /// What a peer sends, and then nothing more.
  private static final class Sent implements Exchange.Connection {
    private final InputStream input;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private boolean closed;

    Sent(byte[] bytes) {
      input = new ByteArrayInputStream(bytes);
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
      closed = true;
    }
  }

  @FuzzTest
  void webSocket(byte[] bytes) {
    Sent peer = new Sent(bytes);
    try (WebSocket socket = new WebSocket(peer, "", null)) {
      long received = 0;
      for (Optional<WebSocket.Message> next = socket.read();
          next.isPresent();
          next = socket.read()) {
        received += next.get().data().length;
      }
      assertThat(received).isLessThanOrEqualTo(bytes.length);
    } catch (IOException refused) {
      assertThat(refused).isNotNull();
    }
    assertThat(peer.closed).isTrue();
    assertThat(peer.output.size()).isLessThan(2 * bytes.length + 16);
  }

  @FuzzTest
  void spdy(byte[] bytes) {
    Sent peer = new Sent(bytes);
    new SpdySession(peer, FramesFuzzTest::use, 2).receive();
    assertThat(peer.closed).isTrue();
  }

  private static void use(SpdyStream stream) {
    assertThat(stream.headers()).isNotNull();
  }
}
