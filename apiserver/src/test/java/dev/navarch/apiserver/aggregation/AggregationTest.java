package dev.navarch.apiserver.aggregation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.apiserver.Failures;
import dev.navarch.apiserver.ServedApi;
import dev.navarch.apiserver.ServedApi.Answer;
import dev.navarch.apiserver.auth.CertificateAuthority;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.apiserver.registry.StatusAnswers;
import dev.navarch.http.ClientCall;
import dev.navarch.http.Exchange;
import dev.navarch.http.HttpServer;
import dev.navarch.http.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// An API server behind the API server, over real TLS both ways.
@Timeout(60)
class AggregationTest {
  private static final String COWS = "/apis/farm.example.com/v1";
  private static final String AGGREGATED =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  @TempDir static Path folder;
  private static ServedApi api;
  private static HttpServer farm;
  private static String caBundle;

  @BeforeAll
  static void start() throws Exception {
    api = ServedApi.in(folder.resolve("server"));
    var authority = CertificateAuthority.create("farm-ca", InstantSource.system());
    var identity =
        authority.issue(
            new CertificateAuthority.Request("farm", List.of(), List.of("farm.default.svc")));
    Path certificate =
        Files.writeString(folder.resolve("farm.crt"), Pem.of(identity.certificate()));
    Path key = Files.writeString(folder.resolve("farm.key"), Pem.of(identity.key()));
    caBundle = Base64.getEncoder().encodeToString(Pem.of(authority.certificate()).getBytes(UTF_8));
    Path proxies = api.server().pki().certificate("front-proxy-ca");
    farm =
        HttpServer.start(
            HttpServer.Settings.of("127.0.0.1", 0, new Tls(certificate, key, Optional.of(proxies))),
            AggregationTest::serve,
            new Failures(new StatusAnswers(BuiltInKinds.load())));
    api.send(
        "POST",
        "/api/v1/namespaces/default/services",
        "{'metadata':{'name':'farm'},'spec':{'type':'ExternalName','externalName':'localhost'}}");
    register("v1.farm.example.com", "farm.example.com", "farm", farm.port());
    awaitCondition("v1.farm.example.com", "True", "Passed", "all checks passed");
  }

  @AfterAll
  static void stop() {
    farm.close();
    api.close();
  }

  private static void register(String name, String group, String service, int port) {
    Answer made =
        api.send(
            "POST",
            "/apis/apiregistration.k8s.io/v1/apiservices",
            """
            {'metadata':{'name':'%s'},'spec':{'group':'%s','version':'v1','caBundle':'%s',
            'groupPriorityMinimum':100,'versionPriority':10,
            'service':{'name':'%s','namespace':'default','port':%d}}}
            """
                .formatted(name, group, caBundle, service, port));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
  }

  private static void awaitCondition(String name, String status, String reason, String message) {
    await()
        .untilAsserted(
            () -> {
              JsonNode condition =
                  api.get("/apis/apiregistration.k8s.io/v1/apiservices/" + name)
                      .json()
                      .path("status")
                      .path("conditions")
                      .path(0);
              assertThat(condition.path("reason").asString("")).isEqualTo(reason);
              assertThat(condition.path("status").asString("")).isEqualTo(status);
              assertThat(condition.path("message").asString("")).contains(message);
            });
  }

  /// The farm: it believes only front proxies, and shows what they tell it.
  private static void serve(Exchange exchange) {
    if (exchange.clientCertificates().isEmpty()) {
      exchange.respond(401, "text/plain", new byte[0]);
      return;
    }
    switch (exchange.path()) {
      case COWS ->
          json(
              exchange,
              """
              {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"farm.example.com/v1",
              "resources":[{"name":"cows","singularName":"cow","namespaced":true,"kind":"Cow",
              "verbs":["get","list"],"shortNames":["co"]},{"name":"cows/status","namespaced":true,
              "kind":"Cow","verbs":["get"]}]}
              """);
      case "/openapi/v2" ->
          json(
              exchange,
              "{\"swagger\":\"2.0\",\"paths\":{\"/apis/farm.example.com/v1/cows\":{\"get\":"
                  + "{\"responses\":{\"200\":{\"schema\":{\"$ref\":\"#/definitions/Cow\"}}}}},"
                  + "\"/apis/other/v1/x\":{}},\"definitions\":{\"Cow\":{\"type\":\"object\","
                  + "\"properties\":{\"metadata\":{\"$ref\":\"#/definitions/"
                  + "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta\"}}},"
                  + "\"io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta\":{\"type\":\"object\"},"
                  + "\"Unused\":{}}}");
      case "/openapi/v3" ->
          json(
              exchange,
              "{\"paths\":{\"apis/farm.example.com/v1\":{\"serverRelativeURL\":"
                  + "\"/openapi/v3/apis/farm.example.com/v1?hash=1\"}}}");
      case "/openapi/v3" + COWS -> json(exchange, "{\"openapi\":\"3.0.0\"}");
      case COWS + "/namespaces/default/cows/away" -> {
        exchange.addHeader("Location", "https://127.0.0.1:1/steal");
        exchange.respond(302, "text/plain", new byte[0]);
      }
      case COWS + "/namespaces/default/cows/talk" -> talk(exchange);
      default -> {
        var seen = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
        seen.putAll(exchange.allHeaders());
        exchange.respond(
            200,
            "text/plain",
            (exchange.path() + " " + exchange.query() + " " + seen).getBytes(UTF_8));
      }
    }
  }

  private static void json(Exchange exchange, String text) {
    exchange.respond(200, "application/json", text.getBytes(UTF_8));
  }

  private static void talk(Exchange exchange) {
    try (var raw = exchange.takeOver()) {
      raw.output()
          .write(
              "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: moo\r\n\r\n"
                  .getBytes(UTF_8));
      raw.input().transferTo(raw.output());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void passesRequestsOnWithTheCallersNameAndWithoutHisToken() {
    Answer answer =
        api.get(
            COWS + "/namespaces/default/cows/bella?a=b%20c",
            "Impersonate-User",
            "vera",
            "Impersonate-Group",
            "system:masters",
            "Impersonate-Extra-scopes%2Fx",
            "y",
            "X-Remote-User",
            "root");
    assertThat(answer.text())
        .startsWith(COWS + "/namespaces/default/cows/bella {a=[b c]}")
        .containsIgnoringCase("X-Remote-User=[vera]")
        .containsIgnoringCase("X-Remote-Group=[system:masters, system:authenticated]")
        .containsIgnoringCase("X-Remote-Extra-scopes%2Fx=[y]")
        .doesNotContainIgnoringCase("impersonate")
        .doesNotContain("root");
  }

  @Test
  void asksForRightsBeforeItPassesOn() {
    Answer refused = api.get(COWS + "/namespaces/default/cows", "Impersonate-User", "vera");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.message()).contains("cows.farm.example.com is forbidden: User \"vera\"");
  }

  /// Door 2, CVE-2022-3172.
  @Test
  void aRedirectIsAnError() {
    Answer answer = api.get(COWS + "/namespaces/default/cows/away");
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.headers()).doesNotContainKey("location");
    assertThat(answer.text())
        .isEqualTo("the backend attempted to redirect this request, which is not permitted");
  }

  @Test
  void tunnelsUpgrades() throws Exception {
    try (ClientCall call =
        api.raw(
            "admin",
            "GET",
            COWS + "/namespaces/default/cows/talk",
            "Connection",
            "Upgrade",
            "Upgrade",
            "moo")) {
      assertThat(call.status()).isEqualTo(101);
      call.upgraded().output().write("moo".getBytes(UTF_8));
      assertThat(new String(call.upgraded().input().readNBytes(3), UTF_8)).isEqualTo("moo");
    }
  }

  @Test
  void showsWhatTheOtherServerServes() {
    assertThat(api.get("/apis").text()).contains("{\"name\":\"farm.example.com\"");
    assertThat(api.get("/apis/farm.example.com").json().path("versions").toString())
        .isEqualTo("[{\"groupVersion\":\"farm.example.com/v1\",\"version\":\"v1\"}]");
    assertThat(api.get(COWS).json().path("resources").path(0).path("name").asString())
        .isEqualTo("cows");
    assertThat(api.get("/apis", "Accept", AGGREGATED).text())
        .contains(
            "{\"resource\":\"cows\",\"responseKind\":{\"group\":\"farm.example.com\",\"version\":\"v1\","
                + "\"kind\":\"Cow\"},\"scope\":\"Namespaced\",\"singularResource\":\"cow\","
                + "\"verbs\":[\"get\",\"list\"],\"shortNames\":[\"co\"],\"subresources\":["
                + "{\"subresource\":\"status\"");
    assertThat(api.get("/openapi/v3").json().path("paths").path(COWS.substring(1)).toString())
        .contains("?hash=1");
    assertThat(api.get("/openapi/v3" + COWS).text()).isEqualTo("{\"openapi\":\"3.0.0\"}");
    var v2 = api.get("/openapi/v2").json();
    assertThat(v2.path("paths").has(COWS + "/cows")).isTrue();
    assertThat(v2.path("paths").has("/apis/other/v1/x")).isFalse();
    assertThat(v2.path("paths").has("/api/v1/pods")).isTrue();
    assertThat(v2.path("definitions").has("Unused")).isFalse();
    assertThat(v2.path("definitions").path("Cow").toString())
        .contains("\"#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta_v2\"");
  }

  @Test
  void saysWhyAnApiCannotBeUsed() {
    register("v1.gone.example.com", "gone.example.com", "nowhere", 443);
    awaitCondition(
        "v1.gone.example.com",
        "False",
        "ServiceNotFound",
        "service/nowhere in \"default\" is not present");
    Answer unavailable = api.get("/apis/gone.example.com/v1/cows");
    assertThat(unavailable.status()).isEqualTo(503);
    assertThat(unavailable.text().strip()).isEqualTo("service unavailable");
    api.send(
        "POST",
        "/api/v1/namespaces/default/services",
        "{'metadata':{'name':'nowhere'},'spec':{'ports':[{'port':444}]}}");
    awaitCondition("v1.gone.example.com", "False", "ServicePortError", "listening on port 443");
    api.send(
        "PATCH",
        "/api/v1/namespaces/default/services/nowhere",
        "[{'op':'replace','path':'/spec/ports/0/port','value':443}]",
        "Content-Type",
        "application/json-patch+json");
    awaitCondition(
        "v1.gone.example.com", "False", "EndpointsNotFound", "cannot find endpointslices");
    assertThat(api.get("/apis", "Accept", AGGREGATED).text()).contains("\"freshness\":\"Stale\"");
    api.send("DELETE", "/apis/apiregistration.k8s.io/v1/apiservices/v1.gone.example.com", "");
    await().until(() -> !api.get("/apis").text().contains("gone.example.com"));
  }

  @Test
  void aServerWithAnotherCertificateIsNotTalkedTo() {
    api.send(
        "POST",
        "/api/v1/namespaces/default/services",
        "{'metadata':{'name':'liar'},'spec':{'type':'ExternalName','externalName':'localhost'}}");
    register("v1.liar.example.com", "liar.example.com", "liar", farm.port());
    awaitCondition("v1.liar.example.com", "False", "FailedDiscoveryCheck", "failing or missing");
    assertThat(api.get("/apis/liar.example.com/v1/x").status()).isEqualTo(503);
  }

  @Test
  void metricsOfAnotherServerTakeThePlaceOfTheBuiltInOnes() {
    String services = "/apis/apiregistration.k8s.io/v1/apiservices";
    String nodes = "/apis/metrics.k8s.io/v1beta1/nodes";
    assertThat(api.get(nodes).json().path("kind").asString()).isEqualTo("NodeMetricsList");
    Answer made =
        api.send(
            "POST",
            services,
            """
            {'metadata':{'name':'v1beta1.metrics.k8s.io'},'spec':{'group':'metrics.k8s.io',
            'version':'v1beta1','insecureSkipTLSVerify':true,'groupPriorityMinimum':100,
            'versionPriority':100,'service':{'name':'farm','namespace':'default','port':%d}}}
            """
                .formatted(farm.port()));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    await().until(() -> api.get(nodes).text().startsWith(nodes));
    api.send("DELETE", services + "/v1beta1.metrics.k8s.io", "");
    await().until(() -> api.get(nodes).text().contains("NodeMetricsList"));
    assertThat(api.get("/apis/metrics.k8s.io/v1beta1").text()).contains("NodeMetrics");
  }

  @Test
  void builtInMetricsAreDiscoveredAndForThoseWhoMayView() {
    assertThat(api.get("/apis", "Accept", AGGREGATED).text())
        .contains("\"kind\":\"PodMetrics\"},\"scope\":\"Namespaced\"");
    assertThat(api.get("/openapi/v3").text()).contains("/openapi/v3/apis/metrics.k8s.io/v1beta1?");
    assertThat(
            api.get(
                    "/apis/rbac.authorization.k8s.io/v1/clusterroles/"
                        + "system:aggregated-metrics-reader")
                .text())
        .contains("aggregate-to-view\":\"true\"", "\"apiGroups\":[\"metrics.k8s.io\"]");
    Answer refused = api.get("/apis/metrics.k8s.io/v1beta1/nodes", "Impersonate-User", "vera");
    assertThat(refused.message())
        .contains("cannot list resource \"nodes\" in API group \"metrics.k8s.io\"");
  }

  @Test
  void registersWhatIsServedHere() {
    awaitCondition("v1.apps", "True", "Local", "Local APIServices are always available");
    awaitCondition("v1.", "True", "Local", "Local APIServices are always available");
  }

  @Test
  void believesFrontProxiesAndNobodyElse() throws Exception {
    assertThat(who("front-proxy-client", "X-Remote-User", "vera", "X-Remote-Group", "devs"))
        .contains("\"vera\"", "\"devs\"", "system:authenticated");
    assertThat(who("admin", "X-Remote-User", "vera")).contains("kubernetes-admin");
    assertThat(who("front-proxy-client")).contains("Unauthorized");
    assertThat(who("", "X-Remote-User", "vera")).contains("system:anonymous");
  }

  private static String who(String identity, String... headers) throws IOException {
    try (ClientCall call =
        api.raw(identity, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", headers)) {
      return new String(call.body().readAllBytes(), UTF_8);
    }
  }

  @Test
  void tellsOthersWhomToBelieve() {
    Map<String, Object> data =
        Map.of(
            "requestheader-allowed-names", "[\"front-proxy-client\"]",
            "requestheader-username-headers", "[\"X-Remote-User\"]");
    JsonNode published =
        api.get("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")
            .json()
            .path("data");
    data.forEach((key, value) -> assertThat(published.path(key).asString()).isEqualTo(value));
    assertThat(published.path("client-ca-file").asString()).contains("BEGIN CERTIFICATE");
  }
}
