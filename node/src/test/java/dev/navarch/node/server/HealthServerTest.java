package dev.navarch.node.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthServerTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final HttpClient client = HttpClient.newHttpClient();
  private final int port = freePort();
  private volatile Instant now = NOON;
  private final HealthServer server = HealthServer.start("127.0.0.1", port, () -> NOON, () -> now);

  @AfterEach
  void close() {
    server.close();
    client.close();
  }

  @Test
  void saysWhetherTheAgentWorks() {
    assertThat(get("/healthz")).isEqualTo("200 ok");
    assertThat(get("/healthz/syncloop")).isEqualTo("200 ok");
    assertThat(get("/healthz?verbose"))
        .isEqualTo("200 [+]ping ok\n[+]log ok\n[+]syncloop ok\nhealthz check passed\n");
    now = NOON.plusSeconds(121);
    assertThat(get("/healthz"))
        .isEqualTo(
            """
            500 [+]ping ok
            [+]log ok
            [-]syncloop failed: sync Loop took longer than expected
            healthz check failed
            """);
    assertThat(get("/healthz/ping")).isEqualTo("200 ok");
  }

  @Test
  void servesNothingElse() {
    for (String path : new String[] {"/pods", "/debug/pprof/", "/metrics", "/healthz/other"}) {
      assertThat(get(path)).startsWith("404 ");
    }
  }

  private String get(String path) {
    return await()
        .ignoreExceptionsInstanceOf(ConnectException.class)
        .until(
            () -> {
              var response =
                  client.send(
                      HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
                      HttpResponse.BodyHandlers.ofString());
              return response.statusCode() + " " + response.body();
            },
            answer -> true);
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
