package dev.navarch.apiserver.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.apiserver.Failures;
import dev.navarch.apiserver.auth.Pki;
import dev.navarch.apiserver.registry.StatusAnswers;
import dev.navarch.client.AnyServer;
import dev.navarch.http.ClientCall;
import dev.navarch.http.Exchange;
import dev.navarch.http.HttpServer;
import dev.navarch.http.SocketConnection;
import dev.navarch.http.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ForwardTest {
  @TempDir static Path folder;
  private static final AtomicInteger BACKEND_REQUESTS = new AtomicInteger();
  private static HttpServer backend;
  private static HttpServer front;

  @BeforeAll
  static void start() {
    Pki pki = Pki.open(folder, List.of("127.0.0.1"), InstantSource.system());
    Tls tls =
        new Tls(
            pki.certificate("apiserver"), pki.key("apiserver"), Optional.of(pki.certificate("ca")));
    backend =
        HttpServer.start(
            HttpServer.Settings.of("127.0.0.1", 0, tls),
            ForwardTest::serve,
            new Failures(new StatusAnswers(BuiltInKinds.load())));
    var to = new Backend("127.0.0.1", backend.port(), Optional.of(AnyServer.context()), "");
    front =
        HttpServer.start(
            HttpServer.Settings.of("127.0.0.1", 0, tls),
            exchange -> new Forward(exchange, to, exchange.path()).pass(),
            new Failures(new StatusAnswers(BuiltInKinds.load())));
  }

  @AfterAll
  static void stop() {
    front.close();
    backend.close();
  }

  private static void serve(Exchange exchange) {
    BACKEND_REQUESTS.incrementAndGet();
    switch (exchange.path()) {
      case "/echo" -> {
        try (var raw = exchange.takeOver()) {
          raw.output()
              .write(
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n"
                      .getBytes(UTF_8));
          raw.input().transferTo(raw.output());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      case "/headers" ->
          exchange.respond(200, "text/plain", exchange.allHeaders().toString().getBytes(UTF_8));
      case "/away" -> {
        exchange.addHeader("Location", "https://127.0.0.1:1/");
        exchange.respond(302, "", new byte[0]);
      }
      default -> exchange.respond(403, "text/plain", "no".getBytes(UTF_8));
    }
  }

  private static Exchange.Connection connect() throws IOException {
    return new SocketConnection(
        AnyServer.context().getSocketFactory().createSocket("127.0.0.1", front.port()));
  }

  private static ClientCall get(Exchange.Connection connection, String path, String... headers)
      throws IOException {
    var all = new java.util.LinkedHashMap<String, List<String>>(Map.of("Host", List.of("x")));
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i], List.of(headers[i + 1]));
    }
    return ClientCall.send(connection, "GET", path, all, new byte[0]);
  }

  @Test
  void tunnelsOnceTheBackendAgreed() throws Exception {
    try (var call = get(connect(), "/echo", "Connection", "Upgrade", "Upgrade", "SPDY/3.1")) {
      assertThat(call.status()).isEqualTo(101);
      assertThat(call.header("Upgrade")).contains("SPDY/3.1");
      call.upgraded().output().write("hello".getBytes(UTF_8));
      assertThat(call.upgraded().input().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
      call.upgraded().output().close();
      assertThat(call.upgraded().input().read()).isEqualTo(-1);
    }
  }

  /// Door 1, CVE-2018-1002105: the connection that an upgrade failed on could be used to send the
  /// backend whatever one liked, with the API server's rights.
  @Test
  void aFailedUpgradeLeavesNoTunnel() throws Exception {
    int before = BACKEND_REQUESTS.get();
    var connection = connect();
    try (var call = get(connection, "/denied", "Connection", "Upgrade", "Upgrade", "SPDY/3.1")) {
      assertThat(call.status()).isEqualTo(403);
      assertThat(new String(call.body().readAllBytes(), UTF_8)).isEqualTo("no");
      try {
        connection.output().write("GET /headers HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8));
        assertThat(connection.input().read()).isEqualTo(-1);
      } catch (IOException closed) {
        // Just as well: nobody listens.
      }
    }
    assertThat(BACKEND_REQUESTS.get()).isEqualTo(before + 1);
  }

  @Test
  void keepsTheCallersCredentialsToItself() throws Exception {
    try (var call =
        get(
            connect(),
            "/headers",
            "Authorization",
            "Bearer s3cret",
            "Impersonate-User",
            "root",
            "X-Other",
            "kept")) {
      String seen = new String(call.body().readAllBytes(), UTF_8);
      assertThat(seen).doesNotContain("s3cret").doesNotContain("root").contains("kept");
    }
  }

  /// Door 2, CVE-2018-1002102, CVE-2020-8559.
  @Test
  void followsNoRedirect() throws Exception {
    try (var call = get(connect(), "/away")) {
      assertThat(call.status()).isEqualTo(302);
    }
  }
}
