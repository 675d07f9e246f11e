package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.navarch.apiserver.ServedApi.Answer;
import dev.navarch.http.ClientCall;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// Holes that API servers have had, tried on this one. Upgrades that fail and redirects that lure
/// are tried in `ForwardTest`, HTTP/2 resets and slow clients in `HostileClientsTest`.
@Timeout(60)
class DoorsTest {
  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  @TempDir static Path folder;
  private static ServedApi api;

  @BeforeAll
  static void start() throws Exception {
    api = ServedApi.in(folder);
    api.send("POST", CONFIG_MAPS, "{'metadata':{'name':'plain'},'data':{'a':'b'}}");
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  /// CVE-2022-3294.
  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1", "0.0.0.0"})
  void aNodeThatMovesToThisMachineIsNotProxiedTo(String address) {
    api.send("POST", "/api/v1/nodes", "{'metadata':{'name':'liar'}}");
    Answer moved =
        api.send(
            "PATCH",
            "/api/v1/nodes/liar/status",
            "{'status':{'addresses':[{'type':'InternalIP','address':'%s'}]}}".formatted(address),
            "Content-Type",
            "application/merge-patch+json");
    assertThat(moved.status()).isEqualTo(200);
    Answer proxied = api.get("/api/v1/nodes/liar/proxy/healthz");
    assertThat(proxied.status()).isEqualTo(400);
    assertThat(proxied.message()).contains("address not allowed");
  }

  /// A WebSocket begins with a GET; who may only read through a node's proxy must not exec by it.
  @Test
  void aWebSocketThroughANodeNeedsMoreThanTheRightToGet() throws Exception {
    String roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    api.send(
        "POST",
        roles,
        "{'metadata':{'name':'looks'},'rules':[{'apiGroups':[''],'resources':['nodes/proxy'],"
            + "'verbs':['get']}]}");
    api.send(
        "POST",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "{'metadata':{'name':'looks'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io',"
            + "'kind':'ClusterRole','name':'looks'},'subjects':[{'kind':'User','name':'vera'}]}");
    String path = "/api/v1/nodes/none/proxy/exec/default/web/c?command=id&output=1";
    org.awaitility.Awaitility.await()
        .until(() -> api.get(path, "Impersonate-User", "vera").status() == 404);
    try (ClientCall call =
        api.raw(
            "admin",
            "GET",
            path,
            "Impersonate-User",
            "vera",
            "Connection",
            "Upgrade",
            "Upgrade",
            "websocket",
            "Sec-WebSocket-Key",
            "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version",
            "13")) {
      assertThat(call.status()).isEqualTo(403);
      assertThat(new String(call.body().readAllBytes(), UTF_8))
          .contains("cannot create resource \\\"nodes/proxy\\\"");
    }
  }

  /// CVE-2019-11253, CVE-2019-11254.
  @Test
  void bombsAreRefusedInUnderASecond() {
    api.send("POST", CONFIG_MAPS, "{"); // the parsers are loaded
    api.send("POST", CONFIG_MAPS, "a: &a [", "Content-Type", "application/yaml");
    String laughs =
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + IntStream.range(1, 9)
                .mapToObj(
                    i ->
                        "%c: &%c [%s]\n"
                            .formatted(
                                'a' + i,
                                'a' + i,
                                IntStream.range(0, 9)
                                    .mapToObj(j -> "*" + (char) ('a' + i - 1))
                                    .collect(Collectors.joining(","))))
                .collect(Collectors.joining());
    String longText = "t: &t " + "x".repeat(1_000_000) + "\nl:\n" + "- *t\n".repeat(50_000);
    for (String yaml :
        List.of(
            laughs,
            longText,
            "a: " + "[".repeat(10_000) + "]".repeat(10_000),
            "- ".repeat(100_000),
            "? ".repeat(100_000),
            "\n" + " ".repeat(500_000) + "a: b\n" + "'".repeat(1001))) {
      refusedInASecond("application/yaml", yaml);
    }
    for (String json :
        List.of(
            "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000),
            "[".repeat(1_000_000),
            "{\"metadata\":{\"name\":\"x\",\"generation\":1e999999999}}",
            "{\"metadata\":{\"name\":\"x\",\"generation\":" + "9".repeat(1_000_000) + "}}")) {
      refusedInASecond("application/json", json);
    }
  }

  private static void refusedInASecond(String type, String body) {
    Duration quickest = Duration.ofDays(1);
    for (int attempt = 0; attempt < 4 && quickest.toSeconds() > 0; attempt++) {
      long start = System.nanoTime();
      Answer answer = api.send(api.admin(), "POST", CONFIG_MAPS, body, "Content-Type", type);
      assertThat(answer.status()).as(answer.text()).isEqualTo(400);
      quickest = Duration.ofNanos(System.nanoTime() - start);
    }
    assertThat(quickest).isLessThan(Duration.ofSeconds(1));
  }

  /// CVE-2019-1002100.
  @Test
  void patchesOfTooManyOperationsAreRefused() {
    Answer refused = patch(operations(100_000, "{\"op\":\"add\",\"path\":\"/a\"}"));
    assertThat(refused.status()).isEqualTo(413);
    assertThat(refused.message())
        .isEqualTo("The allowed maximum operations in a JSON patch is 10000, got 100000");
    Answer grown = patch("[" + copies(30) + "]");
    assertThat(grown.status()).isEqualTo(422);
    assertThat(grown.message()).contains("exceeding the limit");
    assertThat(api.get(CONFIG_MAPS + "/plain").json().path("data").size()).isEqualTo(1);
  }

  private static String operations(int count, String one) {
    return "[" + (one + ",").repeat(count - 1) + one + "]";
  }

  /// Each doubles what the last one made.
  private static String copies(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "{\"op\":\"copy\",\"from\":\"/metadata\",\"path\":\"/metadata/m" + i + "\"}")
        .collect(Collectors.joining(","));
  }

  private static Answer patch(String body) {
    return api.send(
        api.admin(),
        "PATCH",
        CONFIG_MAPS + "/plain",
        body,
        "Content-Type",
        "application/json-patch+json");
  }

  @Test
  void bodiesAndObjectsHaveALimit() {
    Answer body =
        api.send(
            "POST",
            CONFIG_MAPS,
            "{'metadata':{'name':'l'},'data':{'a':'%s'}}".formatted("x".repeat(3 << 20)));
    assertThat(body.status()).isEqualTo(413);
    assertThat(body.message()).isEqualTo("Request entity too large: limit is 3145728");
    Answer large =
        api.send(
            "POST",
            "/apis/apps/v1/namespaces/default/controllerrevisions",
            "{'metadata':{'name':'l'},'revision':1,'data':{'a':'%s'}}"
                .formatted("x".repeat(1_600_000)));
    assertThat(large.status()).isEqualTo(500);
    assertThat(large.message()).contains("etcdserver: request is too large");
  }

  /// CVE-2020-8551, CVE-2020-8552.
  @Test
  void metricsDoNotGrowWithWhatIsNotServed() {
    unknown("first");
    seriesNames();
    List<String> before = seriesNames();
    for (int i = 0; i < 30; i++) {
      unknown("n" + i);
    }
    assertThat(seriesNames().stream().filter(series -> !before.contains(series))).isEmpty();
  }

  private static void unknown(String word) {
    api.get("/" + word);
    api.get("/api/" + word);
    api.get("/api/v1/" + word);
    api.get("/apis/" + word + "/v1/pods");
    api.get("/api/v1/namespaces/" + word + "/pods/" + word + "/" + word);
    api.get("/healthz/" + word);
    api.get("/openapi/v3/apis/" + word + "/v1");
    api.send("X" + word.toUpperCase(java.util.Locale.ROOT), "/api/v1/pods", "");
    api.send(api.anonymous(), "GET", "/" + word, "");
    api.get("/api/v1/pods?watch=" + word + "&" + word + "=1&limit=1");
  }

  private static List<String> seriesNames() {
    return api.get("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith("apiserver_"))
        .map(line -> line.substring(0, line.lastIndexOf(' ')))
        .toList();
  }

  /// CVE-2023-44487: nobody known gets one request out of an HTTP/2 connection.
  @Test
  void anonymousConnectionsOfManyStreamsEndWithTheFirstAnswer() throws Exception {
    try (SSLSocket socket =
        (SSLSocket) api.tls("").getSocketFactory().createSocket("127.0.0.1", api.server().port())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      byte[] settings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
      byte[] headers = {
        0, 0, 6, 1, 5, 0, 0, 0, 1, (byte) 0x82, (byte) 0x87, (byte) 0x84, 0x41, 1, 'x'
      };
      socket
          .getOutputStream()
          .write(
              ByteBuffer.allocate(200)
                  .put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII))
                  .put(settings)
                  .put(headers)
                  .array(),
              0,
              24 + settings.length + headers.length);
      assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
    }
  }

  /// CVE-2019-11248.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/debug/pprof",
        "/debug/pprof/heap",
        "/debug/flags/v",
        "/debug/api_priority_and_fairness/dump_requests",
        "/healthz/../debug/pprof",
        "/actuator",
        "/threads",
        "/heapdump"
      })
  void thereIsNoDebuggingPage(String path) {
    assertThat(api.get(path).status()).isEqualTo(404);
    assertThat(api.send(api.anonymous(), "GET", path, "").status()).isEqualTo(403);
  }

  @Test
  void whatIsMalformedCostsNoStackTrace() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    root.addAppender(log);
    try {
      for (String path :
          List.of(
              "/api/v1/namespaces/default/pods?limit=x",
              "/api/v1/namespaces/default/pods?labelSelector=%3D%3D%28",
              "/api/v1/namespaces/default/pods?fieldSelector=%21%21",
              "/api/v1/namespaces/default/pods?continue=%00%00",
              "/api/v1/namespaces/default/pods?resourceVersion=-1",
              "/api/v1/namespaces/default/pods?watch=1&timeoutSeconds=zz",
              "/api/v1/namespaces/%2e%2e/pods/%00",
              "/api/v1//pods//",
              "/apis//v1/x/y",
              "//",
              "/healthz//",
              "/openapi/v3/apis//",
              "/api/v1/nodes/a:b:c:d/proxy/",
              "/api/v1/pods?fieldSelector=" + "a".repeat(20_000))) {
        assertThat(api.get(path).status()).as(path).isBetween(200, 499);
      }
      for (String body :
          List.of(
              "",
              "null",
              "[]",
              "\"\"",
              "{\"metadata\":[]}",
              "{\"metadata\":{\"name\":[1]}}",
              "{\"metadata\":{\"labels\":7}}",
              "{\"data\":{\"a\":{}}}",
              "\u0000",
              "{\"kind\":1}")) {
        for (String type :
            List.of(
                "application/json", "application/yaml", "application/vnd.kubernetes.protobuf")) {
          assertThat(
                  api.send(api.admin(), "POST", CONFIG_MAPS, body, "Content-Type", type).status())
              .as("%s as %s", body, type)
              .isBetween(400, 499);
        }
        for (String type : List.of("json-patch", "merge-patch", "strategic-merge-patch")) {
          api.send(
              api.admin(),
              "PATCH",
              CONFIG_MAPS + "/plain",
              body,
              "Content-Type",
              "application/" + type + "+json");
        }
      }
    } finally {
      root.detachAppender(log);
    }
    assertThat(log.list.stream().filter(event -> event.getThrowableProxy() != null)).isEmpty();
  }
}
