package dev.navarch.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that mean harm: each is turned away or given up, and the server serves the next one.
@Timeout(60)
class HostileClientsTest {
  @TempDir static Path folder;
  private static final AtomicInteger RUNNING = new AtomicInteger();
  private static final AtomicInteger STARTED = new AtomicInteger();
  private static final AtomicLong WRITTEN = new AtomicLong();
  private static TestTls tls;
  private static HttpServer server;

  @BeforeAll
  static void start() throws Exception {
    tls = TestTls.in(folder);
    var settings =
        new HttpServer.Settings(
            "127.0.0.1",
            0,
            tls.server(),
            64 << 10,
            256 << 10,
            250,
            Duration.ofMillis(700),
            Duration.ofMillis(700),
            Duration.ofSeconds(1));
    server = TestServer.start(settings, HostileClientsTest::handle);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void handle(Exchange exchange) {
    STARTED.incrementAndGet();
    RUNNING.incrementAndGet();
    try {
      if (exchange.path().equals("/endless")) {
        try (var stream = exchange.stream(200, "text/plain")) {
          while (true) {
            stream.write(new byte[10_000]);
            WRITTEN.addAndGet(10_000);
          }
        }
      }
      exchange.respond(200, "text/plain", exchange.body());
    } finally {
      RUNNING.decrementAndGet();
    }
  }

  private static SSLSocket socket(String... protocols) throws IOException {
    SSLSocket socket =
        (SSLSocket) tls.client().getSocketFactory().createSocket("127.0.0.1", server.port());
    if (protocols.length > 0) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(protocols);
      socket.setSSLParameters(parameters);
    }
    socket.startHandshake();
    return socket;
  }

  private static String answer(SSLSocket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), UTF_8);
  }

  private static void assertServes() throws Exception {
    try (HttpClient client = HttpClient.newBuilder().sslContext(tls.client()).build()) {
      var request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + "/"));
      assertThat(client.send(request.build(), BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
    await().until(() -> RUNNING.get() == 0);
  }

  @Test
  void aHeadThatNeverEndsIsNotWaitedFor() throws Exception {
    try (SSLSocket socket = socket()) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\nA: b".getBytes(UTF_8));
      assertThat(answer(socket)).isEmpty();
    }
    assertServes();
  }

  @Test
  void aBodyThatNeverEndsIsAnsweredWithATimeout() throws Exception {
    try (SSLSocket socket = socket()) {
      socket
          .getOutputStream()
          .write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc".getBytes(UTF_8));
      assertThat(answer(socket))
          .startsWith("HTTP/1.1 504 ")
          .endsWith("Timeout: request did not complete within the allotted timeout");
    }
    assertServes();
  }

  @Test
  void aBodyThatIsTooLargeIsAnsweredWhileItIsStillSent() throws Exception {
    try (SSLSocket socket = socket()) {
      OutputStream out = socket.getOutputStream();
      out.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n".getBytes(UTF_8));
      out.write(new byte[100_000]);
      assertThat(answer(socket))
          .startsWith("HTTP/1.1 413 ")
          .endsWith("Request entity too large: limit is 65536");
    }
    assertServes();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http/1.1", "h2"})
  void aClientThatReadsNothingIsGivenUp(String protocol) throws Exception {
    WRITTEN.set(0);
    try (SSLSocket socket = socket(protocol)) {
      if (protocol.equals("h2")) {
        socket.getOutputStream().write(preface());
        socket.getOutputStream().write(get(1, "/endless"));
      } else {
        socket
            .getOutputStream()
            .write("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
      }
      await().until(() -> WRITTEN.get() > 0);
      await().until(() -> RUNNING.get() == 0);
      assertThat(WRITTEN).hasValueLessThan(32L << 20);
    }
    assertServes();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n\r\n\r\n\r\nnonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA\u0000B: c\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
      })
  void whatIsNoRequestIsRefused(String sent) throws Exception {
    try (SSLSocket socket = socket()) {
      socket.getOutputStream().write(sent.getBytes(UTF_8));
      assertThat(answer(socket))
          .satisfiesAnyOf(
              text -> assertThat(text).isEmpty(),
              text -> assertThat(text).matches("(?s)HTTP/1.1 (400|505) .*"));
    }
    assertServes();
  }

  @Test
  void headersOverTheLimitAreRefusedOnBothVersions() throws Exception {
    try (HttpClient client = HttpClient.newBuilder().sslContext(tls.client()).build()) {
      var request =
          HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + "/"))
              .header("A", "x".repeat(300_000));
      assertThatThrownBy(
              () -> {
                int status = client.send(request.build(), BodyHandlers.discarding()).statusCode();
                if (status == 431) {
                  throw new IOException("431");
                }
              })
          .isInstanceOf(IOException.class);
    }
    assertServes();
  }

  /// Door 8, CVE-2023-44487: streams opened and reset at once cost a server far more than their
  /// sender. A connection that does it is closed after a few hundred.
  @Test
  void resettingStreamsEndsTheConnection() throws Exception {
    STARTED.set(0);
    for (int connection = 0; connection < 20; connection++) {
      try (SSLSocket socket = socket("h2")) {
        assertThat(resetsUntilClosed(socket, 5_000_000)).isLessThan(5_000_000);
      }
    }
    assertThat(STARTED).hasValueLessThan(20 * 250);
    assertServes();
  }

  private static int resetsUntilClosed(SSLSocket socket, int most) {
    int sent = 0;
    try {
      OutputStream out = socket.getOutputStream();
      out.write(preface());
      while (sent < most) {
        ByteBuffer batch = ByteBuffer.allocate(64 << 10);
        for (int i = 0; i < 100; i++, sent++) {
          batch.put(get(2 * sent + 1, "/"));
          batch.put(frame(3, 0, 2 * sent + 1, new byte[] {0, 0, 0, 8}));
        }
        out.write(batch.array(), 0, batch.position());
      }
    } catch (IOException closed) {
      return sent;
    }
    return sent;
  }

  @Test
  void manyOpenStreamsStayWithinTheLimit() throws Exception {
    List<SSLSocket> sockets = new ArrayList<>();
    for (int connection = 0; connection < 3; connection++) {
      SSLSocket socket = socket("h2");
      sockets.add(socket);
      socket.getOutputStream().write(preface());
      for (int stream = 0; stream < 400; stream++) {
        socket.getOutputStream().write(headers(2 * stream + 1, "/", false));
      }
    }
    assertThat(RUNNING).hasValueLessThanOrEqualTo(3 * 250);
    for (SSLSocket socket : sockets) {
      socket.close();
    }
    assertServes();
  }

  private static byte[] preface() {
    byte[] settings = frame(4, 0, 0, new byte[0]);
    byte[] magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
    return ByteBuffer.allocate(magic.length + settings.length).put(magic).put(settings).array();
  }

  private static byte[] get(int stream, String path) {
    return headers(stream, path, true);
  }

  /// GET or POST by the indexes of HPACK's static table, and the path as a literal.
  private static byte[] headers(int stream, String path, boolean whole) {
    byte[] text = path.getBytes(US_ASCII);
    ByteBuffer block =
        ByteBuffer.allocate(8 + text.length)
            .put((byte) (whole ? 0x82 : 0x83))
            .put((byte) 0x87)
            .put((byte) 0x04)
            .put((byte) text.length)
            .put(text)
            .put((byte) 0x41)
            .put((byte) 1)
            .put((byte) 'x');
    byte[] bytes = new byte[block.position()];
    block.flip().get(bytes);
    return frame(1, whole ? 5 : 4, stream, bytes);
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .put((byte) (payload.length >> 8))
        .put((byte) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }
}
