package dev.navarch.node.probes;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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

  private Outcome get(String path) {
    return HttpCheck.get(uri(path), List.of(), PATIENCE);
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:%d%s".formatted(server.getAddress().getPort(), path));
  }
}
