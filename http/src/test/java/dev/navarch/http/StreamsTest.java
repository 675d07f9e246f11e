package dev.navarch.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class StreamsTest {
  @TempDir static Path folder;
  private static TestTls tls;
  private static HttpServer server;

  @BeforeAll
  static void start() throws Exception {
    tls = TestTls.in(folder);
    server =
        TestServer.start(HttpServer.Settings.of("127.0.0.1", 0, tls.server()), StreamsTest::handle);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void handle(Exchange exchange) {
    try {
      switch (exchange.path()) {
        case "/echo" -> {
          try (WebSocket socket = WebSocket.accept(exchange, List.of("v5", "v4"))) {
            for (var next = socket.read(); next.isPresent(); next = socket.read()) {
              if (next.get().text()) {
                socket.sendText(new String(next.get().data(), UTF_8));
              } else {
                socket.sendBinary(next.get().data());
              }
            }
          }
        }
        case "/spdy" -> {
          WebSocket socket = WebSocket.accept(exchange, List.of("SPDY/3.1+portforward.k8s.io"));
          SpdySession.server(socket.asConnection(), StreamsTest::echo);
        }
        case "/chunks" -> {
          try (var stream = exchange.stream(200, "text/plain")) {
            for (String part : List.of("one ", "two ", "three")) {
              stream.write(part.getBytes(UTF_8));
              stream.flush();
            }
          }
        }
        default -> exchange.respond(404, "text/plain", "nothing".getBytes(UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Sends back `name: ` and everything that comes, then ends.
  private static void echo(SpdyStream stream) {
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                stream.output().write((stream.headers().get("name") + ": ").getBytes(UTF_8));
                stream.input().transferTo(stream.output());
                stream.output().close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private static Exchange.Connection connect() throws IOException {
    return new SocketConnection(
        tls.client().getSocketFactory().createSocket("127.0.0.1", server.port()));
  }

  private static List<Exchange.Connection> pair() throws IOException {
    try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Socket one = new Socket(listener.getInetAddress(), listener.getLocalPort());
      return List.of(new SocketConnection(one), new SocketConnection(listener.accept()));
    }
  }

  /// Ten bytes took 32 MiB of memory.
  @Test
  void aWebSocketTakesNoMemoryForWhatIsOnlyAnnounced() throws Exception {
    byte[] announced = {(byte) 0x82, 127, 0, 0, 0, 0, 2, 0, 0, 0, 'x'};
    var peer =
        new Exchange.Connection() {
          @Override
          public java.io.InputStream input() {
            return new java.io.ByteArrayInputStream(announced);
          }

          @Override
          public java.io.OutputStream output() {
            return java.io.OutputStream.nullOutputStream();
          }

          @Override
          public void close() {}
        };
    var thread = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (var socket = new WebSocket(peer, "", null)) {
      long before = thread.getCurrentThreadAllocatedBytes();
      assertThatThrownBy(socket::read).isInstanceOf(java.io.EOFException.class);
      assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
    }
  }

  @Test
  void webSocketCarriesMessagesOfEverySize() throws Exception {
    try (WebSocket socket =
        WebSocket.connect(
            connect(), "/echo", Map.of("Host", List.of("x")), List.of("v9", "v4", "v5"))) {
      assertThat(socket.protocol()).isEqualTo("v4");
      socket.sendText("héllo");
      socket.ping();
      var text = socket.read().orElseThrow();
      assertThat(text.text()).isTrue();
      assertThat(new String(text.data(), UTF_8)).isEqualTo("héllo");
      for (int size : new int[] {0, 125, 126, 65_535, 65_536, 1 << 20}) {
        socket.sendBinary(new byte[size]);
        var answer = socket.read().orElseThrow();
        assertThat(answer.text()).isFalse();
        assertThat(answer.data()).hasSize(size);
      }
    }
  }

  @Test
  void webSocketRefusesUnknownSubprotocols() {
    assertThatThrownBy(
            () ->
                WebSocket.connect(connect(), "/echo", Map.of("Host", List.of("x")), List.of("v9")))
        .hasMessageContaining("400");
  }

  @Test
  void spdyTravelsInsideAWebSocket() throws Exception {
    WebSocket socket =
        WebSocket.connect(
            connect(),
            "/spdy",
            Map.of("Host", List.of("x")),
            List.of("SPDY/3.1+portforward.k8s.io"));
    try (var session = SpdySession.client(socket.asConnection())) {
      SpdyStream stream = session.open(Map.of("name", "tunnelled"));
      stream.output().write("hello".getBytes(UTF_8));
      stream.output().close();
      assertThat(new String(stream.input().readAllBytes(), UTF_8)).isEqualTo("tunnelled: hello");
    }
  }

  @Test
  void spdyKeepsStreamsApart() throws Exception {
    var ends = pair();
    try (var near = SpdySession.client(ends.get(0));
        var far = SpdySession.server(ends.get(1), StreamsTest::echo)) {
      assertThat(far).isNotNull();
      SpdyStream one = near.open(Map.of("name", "one"));
      SpdyStream two = near.open(Map.of("name", "two"));
      byte[] large = new byte[300_000];
      one.output().write(large);
      two.output().write("b".getBytes(UTF_8));
      two.output().close();
      assertThat(new String(two.input().readAllBytes(), UTF_8)).isEqualTo("two: b");
      one.output().close();
      assertThat(one.input().readAllBytes()).hasSize(300_000 + "one: ".length());
    }
  }

  @Test
  void spdyStreamsEndWithTheConnection() throws Exception {
    var ends = pair();
    try (var near = SpdySession.client(ends.get(0))) {
      SpdyStream stream = near.open(Map.of("name", "x"));
      ends.get(1).close();
      assertThat(stream.input().read()).isEqualTo(-1);
      assertThatThrownBy(() -> stream.output().write(1)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void tunnelPassesHalfClosesOn() throws Exception {
    var left = pair();
    var right = pair();
    Thread tunnel = Thread.ofVirtual().start(() -> Tunnel.join(left.get(1), right.get(0)));
    left.get(0).output().write("question".getBytes(UTF_8));
    left.get(0).output().close();
    assertThat(new String(right.get(1).input().readAllBytes(), UTF_8)).isEqualTo("question");
    right.get(1).output().write("answer".getBytes(UTF_8));
    right.get(1).output().close();
    assertThat(new String(left.get(0).input().readAllBytes(), UTF_8)).isEqualTo("answer");
    tunnel.join();
  }

  @Test
  void callReadsChunksAndLengths() throws Exception {
    Map<String, List<String>> host = Map.of("Host", List.of("x"));
    try (var call = ClientCall.send(connect(), "GET", "/chunks", host, new byte[0])) {
      assertThat(call.status()).isEqualTo(200);
      assertThat(new String(call.body().readAllBytes(), UTF_8)).isEqualTo("one two three");
    }
    try (var call = ClientCall.send(connect(), "GET", "/none", host, new byte[0])) {
      assertThat(call.status()).isEqualTo(404);
      assertThat(new String(call.body().readAllBytes(), UTF_8)).isEqualTo("nothing");
    }
  }
}
