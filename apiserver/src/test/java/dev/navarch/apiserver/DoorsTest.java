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

/// Holes that API servers have had, tried on this one: doors that must be shut, by number. Upgrades
/// that fail (1) and redirects that lure (2) are tried in `ForwardTest`, HTTP/2 resets (8) and slow
/// clients in `HostileClientsTest`, the addresses of endpoints (16) in `AddressesTest`.
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

  /// Door 5, CVE-2019-11253, CVE-2019-11254.
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

  /// Door 6, CVE-2019-1002100.
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

  /// Door 5: what is taken can be kept, and read by everybody who has to. Field owners repeat an
  /// object's fields a few levels deeper; at 700 levels the stack of a request was too small for
  /// it.
  @Test
  void theDeepestObjectThatIsTakenIsReadAgain() {
    define(
        "shafts", "deep.example.com", "Namespaced", ",'x-kubernetes-preserve-unknown-fields':true");
    String shafts = "/apis/deep.example.com/v1/namespaces/default/shafts";
    for (int depth : new int[] {100, 298}) {
      String deep = "{'a':".repeat(depth) + "1" + "}".repeat(depth);
      Answer made =
          api.send("POST", shafts, "{'metadata':{'name':'d%d'},'spec':%s}".formatted(depth, deep));
      assertThat(made.status()).as(made.text()).isEqualTo(201);
      assertThat(api.get(shafts + "/d" + depth).status()).isEqualTo(200);
    }
    String tooDeep = "{'a':".repeat(300) + "1" + "}".repeat(300);
    assertThat(
            api.send("POST", shafts, "{'metadata':{'name':'x'},'spec':" + tooDeep + "}").status())
        .isEqualTo(400);
    assertThat(api.get(shafts).text()).contains("d100", "d298");
    assertThat(
            api.server()
                .cluster("test")
                .list(
                    dev.navarch.client.Resource.generic(
                        "deep.example.com", "v1", "Shafts", "shafts", true),
                    dev.navarch.client.Cluster.ListOptions.ALL)
                .items())
        .hasSize(2);
    assertThat(
            api.send(
                    "PATCH",
                    shafts + "/d298",
                    "{'metadata':{'labels':{'a':'b'}}}",
                    "Content-Type",
                    "application/merge-patch+json")
                .status())
        .isEqualTo(200);
    assertThat(api.send("DELETE", shafts, "").status()).isEqualTo(200);
  }

  /// Door 9, CVE-2019-11247, CVE-2022-3162: a custom resource is found in its own scope, and under
  /// its own name and group alone.
  @Test
  void aCustomResourceIsNotReachedThroughAnothersName() {
    for (String[] each :
        new String[][] {
          {"lamps", "light.example.com", "Cluster"},
          {"lampsextra", "light.example.com", "Namespaced"},
          {"lamps", "light.example.com.evil.org", "Namespaced"}
        }) {
      define(each[0], each[1], each[2]);
    }
    String wide = "/apis/light.example.com/v1";
    assertThat(api.send("POST", wide + "/lamps", "{'metadata':{'name':'sun'}}").status())
        .isEqualTo(201);
    for (String path : List.of("/lamps", "/lamps/sun")) {
      assertThat(api.get(wide + "/namespaces/default" + path).status()).isEqualTo(404);
      assertThat(api.send("DELETE", wide + "/namespaces/default" + path, "").status())
          .isEqualTo(404);
    }
    String extra = wide + "/namespaces/default/lampsextra";
    String evil = "/apis/light.example.com.evil.org/v1/namespaces/default/lamps";
    assertThat(api.send("POST", extra, "{'metadata':{'name':'torch'}}").status()).isEqualTo(201);
    assertThat(api.send("POST", evil, "{'metadata':{'name':'match'}}").status()).isEqualTo(201);
    assertThat(api.get(wide + "/lampsextra/torch").status()).isEqualTo(404);
    assertThat(api.get(wide + "/lamps").text()).contains("sun").doesNotContain("torch", "match");
    assertThat(api.get(wide + "/lamps?limit=1").json().at("/metadata/continue").asString(""))
        .isEmpty();
    assertThat(api.get(wide + "/lampsextra").text())
        .contains("torch")
        .doesNotContain("sun", "match");
    assertThat(api.send("DELETE", wide + "/lamps", "").status()).isEqualTo(200);
    assertThat(api.get(extra + "/torch").status()).isEqualTo(200);
    assertThat(api.get(evil + "/match").status()).isEqualTo(200);
  }

  private static void define(String plural, String group, String scope) {
    define(plural, group, scope, "");
  }

  private static void define(String plural, String group, String scope, String schema) {
    String definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    String kind = plural.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + plural.substring(1);
    Answer defined =
        api.send(
            "POST",
            definitions,
            ("{'metadata':{'name':'%1$s.%2$s'},'spec':{'group':'%2$s','scope':'%3$s','names':"
                    + "{'plural':'%1$s','kind':'%4$s'},'versions':[{'name':'v1','served':true,"
                    + "'storage':true,'schema':{'openAPIV3Schema':{'type':'object'%5$s}}}]}}")
                .formatted(plural, group, scope, kind, schema));
    assertThat(defined.status()).as(defined.text()).isEqualTo(201);
    org.awaitility.Awaitility.await()
        .until(() -> api.get("/apis/" + group + "/v1/" + plural).status() == 200);
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

  /// Door 17, CVE-2021-25735, CVE-2023-2727, CVE-2023-2728, CVE-2024-3177: admission sees what is
  /// stored, not what the caller says was there, and every container's sources.
  @Test
  void admissionSeesTheTrueOldObjectAndEveryContainer() {
    policy(
        "locked-nodes",
        "UPDATE",
        "nodes",
        "oldObject.metadata.?labels.?lock.orValue('') != 'on' ||"
            + " object.metadata.?labels.?lock.orValue('') == 'on'");
    policy(
        "no-bank",
        "CREATE\",\"UPDATE",
        "pods\",\"pods/ephemeralcontainers",
        "(object.spec.containers + object.spec.?initContainers.orValue([]) +"
            + " object.spec.?ephemeralContainers.orValue([])).all(c, c.?envFrom.orValue([]).all(e,"
            + " e.?secretRef.?name.orValue('') != 'bank'))");
    api.send("POST", "/api/v1/nodes", "{'metadata':{'name':'vault','labels':{'lock':'on'}}}");
    api.send(
        "POST", "/api/v1/namespaces/default/serviceaccounts", "{'metadata':{'name':'default'}}");
    api.send(
        "POST",
        "/api/v1/namespaces/default/pods",
        "{'metadata':{'name':'poor'},'spec':{'containers':[{'name':'c','image':'i'}]}}");
    org.awaitility.Awaitility.await().until(() -> unlock().status() == 422);
    assertThat(unlock().message()).contains("locked-nodes");
    assertThat(
            api.send(
                    "PUT",
                    "/api/v1/nodes/vault",
                    "{'metadata':{'name':'vault','labels':{'lock':'off'},'managedFields':[],"
                        + "'annotations':{'old':'{}'}}}")
                .status())
        .isEqualTo(422);
    org.awaitility.Awaitility.await().until(() -> rob("initContainers").status() == 422);
    assertThat(rob("containers").status()).isEqualTo(422);
    Answer ephemeral =
        api.send(
            "PATCH",
            "/api/v1/namespaces/default/pods/poor/ephemeralcontainers",
            "{'spec':{'ephemeralContainers':[{'name':'e','image':'i','envFrom':[{'secretRef':{'name':"
                + "'bank'}}]}]}}",
            "Content-Type",
            "application/strategic-merge-patch+json");
    assertThat(ephemeral.status()).as(ephemeral.text()).isEqualTo(422);
  }

  private static Answer unlock() {
    return api.send(
        "PATCH",
        "/api/v1/nodes/vault",
        "{'metadata':{'labels':{'lock':null}}}",
        "Content-Type",
        "application/merge-patch+json");
  }

  private static Answer rob(String list) {
    String thief = "{'name':'t','image':'i','envFrom':[{'secretRef':{'name':'bank'}}]}";
    String containers =
        list.equals("containers")
            ? "'containers':[" + thief + "]"
            : "'containers':[{'name':'c','image':'i'}],'" + list + "':[" + thief + "]";
    return api.send(
        "POST",
        "/api/v1/namespaces/default/pods",
        "{'metadata':{'generateName':'robber-'},'spec':{" + containers + "}}");
  }

  private static void policy(String name, String operations, String resources, String expression) {
    String path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic";
    Answer made =
        api.send(
            api.admin(),
            "POST",
            path + "ies",
            """
            {"metadata": {"name": "%s"}, "spec": {"failurePolicy": "Fail", "matchConstraints":
             {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["%s"],
             "resources": ["%s"]}]}, "validations": [{"expression": "%s"}]}}\
            """
                .formatted(name, operations, resources, expression));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    Answer bound =
        api.send(
            "POST",
            path + "ybindings",
            "{'metadata':{'name':'%1$s'},'spec':{'policyName':'%1$s','validationActions':['Deny']}}"
                .formatted(name));
    assertThat(bound.status()).as(bound.text()).isEqualTo(201);
  }

  /// Door 18: a node asks for tokens of what runs on it, bound to that, and for no others.
  @Test
  void aNodeGetsNoTokenButForItsOwnPods() {
    api.send(
        "POST", "/api/v1/namespaces/default/serviceaccounts", "{'metadata':{'name':'shared'}}");
    for (String node : List.of("n1", "n2")) {
      Answer pod =
          api.send(
              "POST",
              "/api/v1/namespaces/default/pods",
              ("{'metadata':{'name':'on-%1$s'},'spec':{'nodeName':'%1$s','serviceAccountName':'shared',"
                      + "'containers':[{'name':'c','image':'i'}]}}")
                  .formatted(node));
      assertThat(pod.status()).as(pod.text()).isEqualTo(201);
    }
    org.awaitility.Awaitility.await().until(() -> token("on-n1").status() == 201);
    assertThat(token("on-n2").message())
        .contains("node requested token bound to a pod scheduled on a different node");
    assertThat(asNode("{'spec':{}}").message()).contains("node requested token not bound to a pod");
  }

  private static Answer token(String pod) {
    String uid =
        api.get("/api/v1/namespaces/default/pods/" + pod).json().at("/metadata/uid").asString("");
    return asNode(
        "{'spec':{'boundObjectRef':{'apiVersion':'v1','kind':'Pod','name':'%s','uid':'%s'}}}"
            .formatted(pod, uid));
  }

  private static Answer asNode(String body) {
    return api.send(
        "POST",
        "/api/v1/namespaces/default/serviceaccounts/shared/token",
        body,
        "Impersonate-User",
        "system:node:n1",
        "Impersonate-Group",
        "system:nodes");
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
