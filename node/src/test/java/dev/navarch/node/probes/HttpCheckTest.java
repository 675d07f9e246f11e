package dev.navarch.node.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpCheckTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private final HttpServer server;
  private final Map<String, List<String>> asked = new ConcurrentHashMap<>();

  HttpCheckTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    answer("/fine", 200, "");
    answer("/broken", 503, "");
    answer("/moved", 302, "/fine");
    answer("/moved-to-broken", 301, "/broken");
    answer("/elsewhere", 302, "http://other.invalid/");
    answer("/circle", 302, "/circle");
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(String path, int status, String location) {
    server.createContext(
        path,
        exchange -> {
          exchange
              .getRequestHeaders()
              .forEach(
                  (name, values) ->
                      asked.put(name.toLowerCase(java.util.Locale.ROOT), new ArrayList<>(values)));
          if (!location.isEmpty()) {
            exchange.getResponseHeaders().set("Location", location);
          }
          byte[] body = "moved".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  @Test
  void statusDecides() {
    assertThat(get("/fine")).isEqualTo(Outcome.SUCCESS);
    assertThat(get("/broken"))
        .isEqualTo(new Outcome.Failure("HTTP probe failed with statuscode: 503"));
  }

  @Test
  void redirectIsFollowedOnTheSameHostAlone() {
    assertThat(get("/moved")).isEqualTo(Outcome.SUCCESS);
    assertThat(get("/moved-to-broken"))
        .isEqualTo(new Outcome.Failure("HTTP probe failed with statuscode: 503"));
    assertThat(get("/elsewhere"))
        .isEqualTo(new Outcome.Warning("Probe terminated redirects, Response body: moved"));
    assertThat(get("/circle"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.type(Outcome.Failure.class))
        .extracting(Outcome.Failure::output)
        .asString()
        .contains("stopped after 10 redirects");
  }

  @Test
  void statedHeadersAreSentAlsoTwiceAndInsteadOfOurs() {
    HttpCheck.get(
        uri("/fine"),
        List.of(
            new HttpCheck.Header("X-One", "1"),
            new HttpCheck.Header("X-One", "2"),
            new HttpCheck.Header("Host", "asked.example"),
            new HttpCheck.Header("User-Agent", "")),
        PATIENCE);
    assertThat(asked.get("x-one")).containsExactly("1", "2");
    assertThat(asked.get("host")).containsExactly("asked.example");
    assertThat(asked).doesNotContainKey("user-agent");
    assertThat(asked.get("accept")).containsExactly("*/*");
  }

  /// Neither for ever nor with all memory.
  @Test
  void whoAnswersWithoutEndIsGivenUp() throws IOException {
    assertThat(answeredBy("HTTP/1.1 200 OK\r\nX: ", "x".repeat(10_000), Duration.ZERO))
        .contains("answer is longer than 1048576 bytes");
    assertThat(answeredBy("HTTP/1.1 200 OK\r\nX: ", "x", Duration.ofMillis(20)))
        .contains("Client.Timeout exceeded while awaiting headers");
  }

  /// What a probe of half a second says of a server that goes on for as long as it is heard.
  private static String answeredBy(String first, String more, Duration pause) throws IOException {
    try (var listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> talk(listening, first, more, pause));
      URI uri = URI.create("http://127.0.0.1:%d/".formatted(listening.getLocalPort()));
      return assertTimeoutPreemptively(
              PATIENCE, () -> HttpCheck.get(uri, List.of(), Duration.ofMillis(500)))
          .toString();
    }
  }

  private static void talk(ServerSocket listening, String first, String more, Duration pause) {
    try (Socket socket = listening.accept()) {
      var out = socket.getOutputStream();
      out.write(first.getBytes(StandardCharsets.UTF_8));
      while (true) {
        out.write(more.getBytes(StandardCharsets.UTF_8));
        Thread.sleep(pause);
      }
    } catch (IOException | InterruptedException hungUp) {
      // The probe has gone.
    }
  }

  private Outcome get(String path) {
    return HttpCheck.get(uri(path), List.of(), PATIENCE);
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:%d%s".formatted(server.getAddress().getPort(), path));
  }
}
