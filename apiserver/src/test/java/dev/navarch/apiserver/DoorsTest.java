package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.navarch.apiserver.ServedApi.Answer;
import dev.navarch.http.ClientCall;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
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

/// Holes that API servers have had, tried on this one: doors that must be shut, by number. Upgrades
/// that fail (1) and redirects that lure (2) are tried in `ForwardTest`, HTTP/2 resets (8) and slow
/// clients in `HostileClientsTest`, the addresses of endpoints (16) in `AddressesTest`, bodies in
/// `BodyDoorsTest`, rights in `RightsDoorsTest`.
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

  /// Door 3, CVE-2022-3294.
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

  /// Door 4: a WebSocket begins with a GET; who may only read through a node's proxy must not exec
  /// by it.
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

  /// Door 7, CVE-2020-8551, CVE-2020-8552.
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
    api.get("/api/v1/pods?watch=" + word + "&" + word + "=1&limit=1&timeoutSeconds=-1");
  }

  private static List<String> seriesNames() {
    return api.get("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith("apiserver_"))
        .map(line -> line.substring(0, line.lastIndexOf(' ')))
        .toList();
  }

  /// Door 8, CVE-2023-44487: nobody known gets one request out of an HTTP/2 connection.
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

  /// Door 11, CVE-2019-11248.
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

  /// Door 10, CVE-2019-11250, CVE-2020-8565.
  @Test
  void noLogHoldsASecret() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Level before = root.getLevel();
    root.addAppender(log);
    root.setLevel(Level.TRACE);
    String password = "c0rrect-h0rse";
    String encoded = java.util.Base64.getEncoder().encodeToString(password.getBytes(UTF_8));
    String secrets = "/api/v1/namespaces/default/secrets";
    String token;
    try {
      api.send(
          "POST", secrets, "{'metadata':{'name':'s'},'stringData':{'p':'%s'}}".formatted(password));
      api.send(
          "PUT", secrets + "/s", "{'metadata':{'name':'s'},'data':{'p':'%s'}}".formatted(encoded));
      api.send(
          "POST",
          secrets,
          "{'metadata':{'name':'t'},'data':{'p':'%s','q':'%s'}}".formatted(encoded, password));
      api.get(secrets + "?fieldSelector=metadata.name%3Ds");
      api.send("POST", "/api/v1/namespaces/default/serviceaccounts", "{'metadata':{'name':'r'}}");
      token =
          api.send(
                  "POST",
                  "/api/v1/namespaces/default/serviceaccounts/r/token",
                  "{'apiVersion':'authentication.k8s.io/v1','kind':'TokenRequest','spec':{}}")
              .json()
              .at("/status/token")
              .asString("");
      assertThat(token).isNotEmpty();
      for (String bearer : List.of(token, token + "x", password)) {
        api.send(api.anonymous(), "GET", secrets, "", "Authorization", "Bearer " + bearer);
      }
      api.send(
          "POST",
          "/apis/authentication.k8s.io/v1/tokenreviews",
          "{'apiVersion':'authentication.k8s.io/v1','kind':'TokenReview','spec':{'token':'%s'}}"
              .formatted(token));
      api.send("DELETE", secrets + "/s", "");
    } finally {
      root.setLevel(before);
      root.detachAppender(log);
    }
    assertThat(log.list).isNotEmpty();
    assertThat(log.list.stream().map(DoorsTest::whole))
        .noneMatch(
            line ->
                line.contains(password)
                    || line.contains(encoded)
                    || line.contains(token.substring(token.lastIndexOf('.'))));
  }

  private static String whole(ILoggingEvent event) {
    return event.getFormattedMessage()
        + event.getKeyValuePairs()
        + (event.getThrowableProxy() == null
            ? ""
            : ch.qos.logback.classic.spi.ThrowableProxyUtil.asString(event.getThrowableProxy()));
  }
}
