package dev.navarch.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HttpServerTest {
  @TempDir static Path folder;
  private static TestTls tls;
  private static HttpServer server;
  private static final AtomicBoolean clientGone = new AtomicBoolean();
  private static final AtomicLong streamed = new AtomicLong();

  @BeforeAll
  static void start() throws Exception {
    tls = TestTls.in(folder);
    server =
        TestServer.start(
            HttpServer.Settings.of("127.0.0.1", 0, tls.server()), HttpServerTest::handle);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void handle(Exchange exchange) {
    switch (exchange.path()) {
      case "/echo" -> exchange.respond(200, "text/plain", exchange.body());
      case "/query" ->
          exchange.respond(200, "text/plain", exchange.query().toString().getBytes(UTF_8));
      case "/who" ->
          exchange.respond(
              200,
              "text/plain",
              exchange.clientCertificates().stream()
                  .map(each -> each.getSubjectX500Principal().getName())
                  .toList()
                  .toString()
                  .getBytes(UTF_8));
      case "/large" -> exchange.respond(200, "text/plain", "x".repeat(200_000).getBytes(UTF_8));
      case "/streamed" -> {
        try (var stream = exchange.stream(200, "text/plain")) {
          for (int i = 0; i < 30_000; i++) {
            stream.write("0123456789".getBytes(UTF_8));
          }
        }
      }
      case "/measured" -> write(exchange, 300_000, 300_000);
      case "/short" -> write(exchange, 100, 100);
      case "/broken off" -> write(exchange, 300_000, 200_000);
      case "/live" -> {
        var stream = exchange.stream(200, "text/plain");
        stream.onClose(() -> clientGone.set(true));
        stream.write("first\n".getBytes(UTF_8));
        stream.flush();
      }
      case "/endless" -> {
        try (var stream = exchange.stream(200, "text/plain")) {
          while (true) {
            stream.write(new byte[10_000]);
            streamed.addAndGet(10_000);
          }
        }
      }
      case "/last" -> {
        exchange.addHeader("Connection", "close");
        exchange.respond(401, "text/plain", "who are you?".getBytes(UTF_8));
      }
      case "/upgrade" -> upgrade(exchange);
      case "/fails" -> throw new IllegalStateException("on purpose");
      case "/no answer" -> {}
      default -> exchange.respond(404, "text/plain", "nothing here".getBytes(UTF_8));
    }
  }

  private static void write(Exchange exchange, long promised, int written) {
    try (var stream = exchange.stream(200, "text/plain", promised)) {
      for (int i = 0; i < written / 10; i++) {
        stream.write("0123456789".getBytes(UTF_8));
      }
    }
  }

  private static void upgrade(Exchange exchange) {
    try (var raw = exchange.takeOver()) {
      raw.output()
          .write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n".getBytes(UTF_8));
      raw.input().transferTo(raw.output());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static HttpClient client(Version version) {
    return HttpClient.newBuilder().version(version).sslContext(tls.client()).build();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + path));
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void echoesABodyInItsVersion(Version version) throws Exception {
    try (HttpClient client = client(version)) {
      for (int i = 0; i < 3; i++) {
        HttpResponse<String> answer =
            client.send(
                request("/echo").POST(BodyPublishers.ofString("héllo")).build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.version()).isEqualTo(version);
        assertThat(answer.body()).isEqualTo("héllo");
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void takesBodiesUpToTheLimit(Version version) throws Exception {
    try (HttpClient client = client(version)) {
      var whole =
          client.send(
              request("/echo").POST(BodyPublishers.ofByteArray(new byte[3 << 20])).build(),
              BodyHandlers.ofByteArray());
      assertThat(whole.body()).hasSize(3 << 20);
    }
  }

  @Test
  void refusesABodyOverTheLimit() throws Exception {
    try (HttpClient client = client(Version.HTTP_2)) {
      var refused =
          client.send(
              request("/echo").POST(BodyPublishers.ofByteArray(new byte[5 << 20])).build(),
              BodyHandlers.ofString());
      assertThat(refused.statusCode()).isEqualTo(413);
      assertThat(refused.body()).contains("Request entity too large: limit is 3145728");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void decodesTheQuery(Version version) throws Exception {
    try (HttpClient client = client(version)) {
      var answer = client.send(request("/query?a=1&b=x%20y&a=2").build(), BodyHandlers.ofString());
      assertThat(answer.body()).isEqualTo("{a=[1, 2], b=[x y]}");
      var broken = client.send(request("/no%20answer").build(), BodyHandlers.ofString());
      assertThat(broken.statusCode()).isEqualTo(500);
    }
  }

  @Test
  void knowsTheClientsCertificate() throws Exception {
    for (Version version : List.of(Version.HTTP_1_1, Version.HTTP_2)) {
      try (HttpClient anonymous = client(version);
          HttpClient proven =
              HttpClient.newBuilder()
                  .version(version)
                  .sslContext(tls.clientWithCertificate())
                  .build()) {
        assertThat(anonymous.send(request("/who").build(), BodyHandlers.ofString()).body())
            .isEqualTo("[]");
        assertThat(proven.send(request("/who").build(), BodyHandlers.ofString()).body())
            .isEqualTo("[CN=test]");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void compressesLargeAnswersOnly(Version version) throws Exception {
    try (HttpClient client = client(version)) {
      for (String path : List.of("/large", "/streamed", "/measured")) {
        var zipped =
            client.send(
                request(path).header("Accept-Encoding", "gzip").build(),
                BodyHandlers.ofInputStream());
        assertThat(zipped.headers().firstValue("Content-Encoding")).contains("gzip");
        try (var plain = new GZIPInputStream(zipped.body())) {
          assertThat(plain.readAllBytes().length).isGreaterThanOrEqualTo(200_000);
        }
        var unasked = client.send(request(path).build(), BodyHandlers.ofByteArray());
        assertThat(unasked.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(unasked.body().length).isGreaterThanOrEqualTo(200_000);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void saysHowLongAnAnswerIsThatIsWrittenInParts(Version version) throws Exception {
    try (HttpClient client = client(version)) {
      for (String path : List.of("/measured", "/short")) {
        var answer = client.send(request(path).build(), BodyHandlers.ofString());
        int length = path.equals("/short") ? 100 : 300_000;
        assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(length);
        assertThat(answer.body()).isEqualTo("0123456789".repeat(length / 10));
      }
      assertThatThrownBy(
              () -> client.send(request("/broken%20off").build(), BodyHandlers.ofString()))
          .isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void tellsWhenALiveStreamsClientLeaves(Version version) throws Exception {
    clientGone.set(false);
    try (HttpClient client = client(version)) {
      var answer = client.send(request("/live").build(), BodyHandlers.ofInputStream());
      try (InputStream body = answer.body()) {
        assertThat(new BufferedReader(new InputStreamReader(body, UTF_8)).readLine())
            .isEqualTo("first");
        assertThat(clientGone).isFalse();
      }
      client.shutdownNow();
    }
    await().untilTrue(clientGone);
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void holdsAWriterBackWhileTheClientDoesNotRead(Version version) throws Exception {
    streamed.set(0);
    try (HttpClient client = client(version)) {
      var answer = client.send(request("/endless").build(), BodyHandlers.ofInputStream());
      var before = new AtomicLong(-1);
      await()
          .pollInterval(Duration.ofMillis(300))
          .until(() -> before.getAndSet(streamed.get()) == streamed.get());
      assertThat(streamed).hasValueLessThan(64L << 20);
      answer.body().close();
      client.shutdownNow();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void answersWhatAHandlerThrew(Version version) throws Exception {
    try (HttpClient client = client(version)) {
      var answer = client.send(request("/fails").build(), BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(answer.body()).isEqualTo("on purpose");
      assertThat(client.send(request("/upgrade").build(), BodyHandlers.ofString()).statusCode())
          .isEqualTo(400);
    }
  }

  @Test
  void servesManyStreamsOfOneConnectionAtOnce() throws Exception {
    try (HttpClient client = client(Version.HTTP_2)) {
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        answers.add(
            client.sendAsync(
                request("/echo").POST(BodyPublishers.ofString("n" + i)).build(),
                BodyHandlers.ofString()));
      }
      for (int i = 0; i < answers.size(); i++) {
        assertThat(answers.get(i).get().body()).isEqualTo("n" + i);
      }
    }
  }

  /// The next request may be on its way when the server ends the connection: it was lost in one of
  /// five cases, with "EOF reached while reading".
  @Test
  void aConnectionThatEndsTakesNoRequestWithIt() throws Exception {
    try (HttpClient client = client(Version.HTTP_2)) {
      for (int i = 0; i < 300; i++) {
        HttpResponse<String> answer =
            client.send(request("/last").build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).isEqualTo("who are you?");
      }
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    try (SSLSocket socket = socket()) {
      String one = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n";
      socket
          .getOutputStream()
          .write(
              (one + "1" + one + "2" + "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                  .getBytes(UTF_8));
      String all = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(all).containsSubsequence("200 OK", "\r\n\r\n1", "200 OK", "\r\n\r\n2", "404");
    }
  }

  @Test
  void handsOverAConnectionWithTheBytesThatFollowedTheHead() throws Exception {
    try (SSLSocket socket = socket()) {
      socket
          .getOutputStream()
          .write(
              "GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\nearly\u0000\n"
                  .getBytes(UTF_8));
      InputStream in = socket.getInputStream();
      assertThat(readUntil(in, "early\u0000\n")).startsWith("HTTP/1.1 101 ");
      socket.getOutputStream().write("later".getBytes(UTF_8));
      assertThat(readUntil(in, "later")).isEqualTo("later");
      socket.shutdownOutput();
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @Test
  void closesAfterAnUpgradeThatWasAnsweredPlainly() throws Exception {
    try (SSLSocket socket = socket()) {
      socket
          .getOutputStream()
          .write(
              "GET /none HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\nGET /echo HTTP/1.1\r\n\r\n"
                  .getBytes(UTF_8));
      String all = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(all).startsWith("HTTP/1.1 404").doesNotContain("200 OK").contains("close");
    }
  }

  @Test
  void refusesAHeadThatIsTooLong() throws Exception {
    try (SSLSocket socket = socket()) {
      socket
          .getOutputStream()
          .write(("GET / HTTP/1.1\r\nA: " + "x".repeat(300_000) + "\r\n\r\n").getBytes(UTF_8));
      byte[] first = socket.getInputStream().readNBytes(12);
      assertThat(new String(first, UTF_8)).isEqualTo("HTTP/1.1 431");
    }
  }

  @Test
  void letsRequestsInFlightEndWhenItCloses() throws Exception {
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var draining =
        HttpServer.start(
            HttpServer.Settings.of("127.0.0.1", 0, tls.server()),
            exchange -> {
              entered.countDown();
              try {
                release.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              exchange.respond(200, "text/plain", "done".getBytes(UTF_8));
            },
            (exchange, error) -> exchange.respond(500, "text/plain", new byte[0]));
    try (HttpClient client = client(Version.HTTP_2)) {
      URI uri = URI.create("https://127.0.0.1:" + draining.port() + "/");
      var answer = client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
      entered.await();
      Thread closing = Thread.ofVirtual().start(draining::close);
      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> socket(draining.port()))
                      .isInstanceOf(java.io.IOException.class));
      release.countDown();
      assertThat(answer.get().body()).isEqualTo("done");
      closing.join();
    }
  }

  @Test
  void saysWhichAddressItCannotHave() {
    assertThatThrownBy(
            () ->
                HttpServer.start(
                    HttpServer.Settings.of("127.0.0.1", server.port(), tls.server()),
                    HttpServerTest::handle,
                    (exchange, error) -> {}))
        .hasMessageContaining("cannot listen on 127.0.0.1 port " + server.port());
  }

  private static SSLSocket socket() throws Exception {
    return socket(server.port());
  }

  private static SSLSocket socket(int port) throws Exception {
    return (SSLSocket) tls.client().getSocketFactory().createSocket("127.0.0.1", port);
  }

  private static String readUntil(InputStream in, String end) throws Exception {
    var read = new StringBuilder();
    while (!read.toString().endsWith(end)) {
      int next = in.read();
      assertThat(next).isNotEqualTo(-1);
      read.append((char) next);
    }
    return read.toString();
  }
}
