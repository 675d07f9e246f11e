package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.ApiError;
import dev.navarch.api.Statuses;
import dev.navarch.apiserver.AdminApi.Answer;
import dev.navarch.store.Store;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// What every request is held to, whatever it is about, as upstream's conformance tests ask it.
final class RequestRulesTest {
  private static final String REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  private static final String PEM =
      "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITE1ITUNBUUF3RVRFUE1BMEdBMVVF"
          + "QXd3R2RHVnpkR1Z5TUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowRApBUWNEUWdBRXhNdnU4UFNleHJw"
          + "S3NOaXhtZXNDeXVKazE3blJSaXZSVnlKN1RwSFZtS2hvU0ZuZHF4WHBIQ2NqCktSckhlVWd4MEExdWVn"
          + "bVJteWUxblpuenEzZFY2YUFBTUFvR0NDcUdTTTQ5QkFNQ0EwZ0FNRVVDSVFEQWl6NG4KeDl0TnZJeFpM"
          + "L0wwNWtIM1JKMXRJdyt6bTNNZEpGS3FwWHhiTHdJZ1BaaDlESkNtNlZKWEdCcE8yS2hDQWwvTwp5N1B6"
          + "aGpYSVAyL3BCeWNCL1B3PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";
  @TempDir static Path folder;
  private static AdminApi api;

  @BeforeAll
  static void start() throws Exception {
    api = AdminApi.start(folder);
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/version?timeout=invalid, 400",
    "/version?timeout=0s, 200",
    "/version?timeout=1h, 200",
    "/api/v1/namespaces?timeout=7, 400",
    "/api/v1/namespaces?timeout=7s, 200"
  })
  void aTimeoutMustBeADuration(String path, int status) {
    Answer answer = api.send("GET", path, "");
    assertThat(answer.status()).isEqualTo(status);
    if (status == 400) {
      assertThat(answer.message())
          .startsWith("invalid timeout specified in the request URL - time: invalid duration");
    }
  }

  @Test
  void whoeverShowsACertificateIsToldWhich() {
    Answer self = api.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}");
    assertThat(self.at("/status/userInfo/extra/authentication.kubernetes.io~1credential-id/0"))
        .asString()
        .containsPattern("X509SHA256=[0-9a-f]{64}");
  }

  @Test
  void aStoreThatHangsIsNotWaitedForBeyondTheDeadline() {
    ApiError open = Failures.error(new FakeExchange("PUT", "/x"), new Store.LateException(true));
    assertThat(Statuses.code(open)).isEqualTo(504);
    assertThat(open.message())
        .startsWith("Timeout: request did not complete within the allotted timeout")
        .contains("is not known");
    ApiError none = Failures.error(new FakeExchange("PUT", "/x"), new Store.LateException(false));
    assertThat(Statuses.code(none)).isEqualTo(504);
    assertThat(none.message()).endsWith("allotted timeout");
  }

  @Test
  void whatIsNeverStoredHasNoTable() {
    String table = "application/json;as=Table;v=v1;g=meta.k8s.io";
    String reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    String review = "{spec: {resourceAttributes: {verb: list, resource: pods}}}";
    assertThat(api.send("POST", reviews, review, "Accept", table).status()).isEqualTo(406);
    assertThat(
            api.send("POST", reviews, review, "Accept", table + ",application/json")
                .at("/status/allowed")
                .asBoolean())
        .isTrue();
  }

  @Test
  void anApprovalMayBringNotesAndIsDated() {
    Answer made =
        api.post(
            REQUESTS,
            """
            metadata: {name: mine}
            spec: {request: %s, signerName: example.com/mine, usages: [digital signature]}
            """
                .formatted(PEM));
    assertThat(made.status()).as(made.message()).isEqualTo(201);
    Answer approved =
        api.send(
            "PATCH",
            REQUESTS + "/mine/approval",
            "{metadata: {annotations: {by: me}}, status: {conditions: [{type: Approved, status:"
                + " 'True', reason: Because}]}}");
    assertThat(approved.status()).as(approved.message()).isEqualTo(200);
    assertThat(approved.at("/metadata/annotations/by").asString("")).isEqualTo("me");
    String since = approved.at("/status/conditions/0/lastTransitionTime").asString("");
    assertThat(since).isNotEmpty();
    assertThat(approved.at("/status/conditions/0/lastUpdateTime").asString("")).isEqualTo(since);
  }

  @Test
  void aFinalizationMayBringNotes() {
    api.post("/api/v1/namespaces", "{metadata: {name: noted}}");
    Answer put =
        api.send(
            "PUT",
            "/api/v1/namespaces/noted/finalize",
            "{metadata: {name: noted, annotations: {by: me}}, spec: {finalizers: [kubernetes,"
                + " example.com/mine]}}");
    assertThat(put.status()).as(put.message()).isEqualTo(200);
    assertThat(put.at("/spec/finalizers").toString())
        .isEqualTo("[\"kubernetes\",\"example.com/mine\"]");
    assertThat(put.at("/metadata/annotations/by").asString("")).isEqualTo("me");
  }

  @Test
  void unknownAndRepeatedFieldsAreToldOfInTheirOrder() {
    String maps = "/apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict";
    Answer made =
        api.sendRaw(
            "POST",
            maps,
            "{\"metadata\":{\"name\":\"d\",\"odd\":1},\"spec\":{\"odd\":1,\"odd\":2,"
                + "\"replicas\":2,\"replicas\":3,\"template\":{\"metadata\":{\"labels\":"
                + "{\"a\":\"b\",\"a\":\"c\"}}}}}");
    assertThat(made.status()).isEqualTo(400);
    assertThat(made.message())
        .endsWith(
            "strict decoding error: unknown field \"metadata.odd\", unknown field \"spec.odd\","
                + " duplicate field \"spec.replicas\", duplicate field"
                + " \"spec.template.metadata.labels.a\"");
  }

  @Test
  void aPatchIsHeldToTheSame() {
    api.post("/api/v1/namespaces/default/configmaps", "{metadata: {name: strict}}");
    String map = "/api/v1/namespaces/default/configmaps/strict?fieldValidation=";
    String patch = "{\"odd\":1,\"data\":{\"a\":\"b\",\"a\":\"c\"}}";
    Answer strict = api.sendRaw("PATCH", map + "Strict", patch);
    assertThat(strict.status()).isEqualTo(422);
    assertThat(strict.message())
        .contains("patch: Invalid value: ")
        .endsWith("strict decoding error: unknown field \"odd\", duplicate field \"data.a\"");
    Answer warned = api.sendRaw("PATCH", map + "Warn", patch);
    assertThat(warned.status()).isEqualTo(200);
    assertThat(warned.warnings())
        .containsExactlyInAnyOrder(
            "299 - \"duplicate field \\\"data.a\\\"\"", "299 - \"unknown field \\\"odd\\\"\"");
  }

  @Test
  void whoLooksWithAToolForPeopleGetsIndentedJson() {
    String path = "/api/v1/namespaces/default";
    assertThat(text(path, "User-Agent", "curl/8.0"))
        .startsWith("{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Namespace\",\n");
    assertThat(text("/api", "User-Agent", "Mozilla/5.0"))
        .startsWith("{\n  \"kind\": \"APIVersions\",\n  \"versions\": [\n    \"v1\"\n  ],\n");
    assertThat(text("/nothing", "User-Agent", "Wget/1.21")).contains("\n  \"metadata\": {},\n");
    assertThat(text(path + "?pretty=true")).startsWith("{\n");
    assertThat(text(path + "?pretty=false", "User-Agent", "curl/8.0")).startsWith("{\"");
    assertThat(text(path)).startsWith("{\"");
  }

  private static String text(String path, String... headers) {
    return new String(api.read(path, headers), UTF_8);
  }

  @Test
  void aFlagIsSetByItsNameAlone() {
    String maps = "/api/v1/namespaces?resourceVersion=0&timeoutSeconds=-1&";
    for (String flag : List.of("watch", "watch=", "watch=1", "watch=yes")) {
      assertThat(text(maps + flag)).as(flag).startsWith("{\"type\":\"ADDED\"");
    }
    for (String flag : List.of("watch=0", "watch=False", "watch=false")) {
      assertThat(text(maps + flag)).as(flag).startsWith("{\"kind\":\"NamespaceList\"");
    }
  }

  @Test
  void whoSendsWhatNobodyCanReadSeesHowItBegan() {
    Answer yaml =
        api.sendRaw("POST", "/api/v1/namespaces", "apiVersion: v1\nkind: Pod\nmetadata: {}\n");
    assertThat(yaml.status()).isEqualTo(400);
    assertThat(yaml.message())
        .startsWith(
            "the object provided is unrecognized (must be of type Namespace): couldn't get"
                + " version/kind; json parse error: ")
        .endsWith(" (61706956657273696f6e3a2076310a6b696e643a20506f640a6d65746164 ...)");
    assertThat(api.sendRaw("POST", "/api/v1/namespaces", "{\"kind\":").message())
        .endsWith(" ({\"kind\":)");
  }

  @Test
  void discoveryTellsInWhichVersionObjectsAreStored() {
    assertThat(hash("/api/v1", "configmaps")).isEqualTo("qFsyl6wFWjQ=");
    assertThat(hash("/apis/events.k8s.io/v1", "events"))
        .isEqualTo(hash("/api/v1", "events"))
        .isEqualTo("r2yiGXH7wu8=");
    assertThat(hash("/api/v1", "componentstatuses")).isEmpty();
    assertThat(hash("/api/v1", "pods/status")).isEmpty();
  }

  private static String hash(String version, String resource) {
    return api.send("GET", version, "")
        .at("/resources")
        .valueStream()
        .filter(each -> each.path("name").asString("").equals(resource))
        .map(each -> each.path("storageVersionHash").asString(""))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void componentStatusesTellWhatWorks() {
    String path = "/api/v1/componentstatuses";
    Answer all = api.send("GET", path, "");
    assertThat(all.at("/items").valueStream().map(RequestRulesTest::health))
        .containsExactly("controller-manager False", "etcd-0 True", "scheduler False");
    assertThat(all.warnings())
        .containsExactly("299 - \"v1 ComponentStatus is deprecated in v1.19+\"");
    api.server().components().show("scheduler", () -> true);
    assertThat(health(api.send("GET", path + "/scheduler", "").body())).isEqualTo("scheduler True");
    assertThat(
            api.send("GET", path + "?fieldSelector=metadata.name%3Detcd-0", "").at("/items").size())
        .isEqualTo(1);
    assertThat(api.send("GET", path + "/nobody", "").status()).isEqualTo(404);
    assertThat(api.send("DELETE", path + "/scheduler", "").status()).isEqualTo(405);
  }

  private static String health(JsonNode component) {
    return component.at("/metadata/name").asString("")
        + " "
        + component.at("/conditions/0/status").asString("");
  }

  @Test
  void olderKindsTellWhatReplacesThem() {
    assertThat(api.send("GET", "/api/v1/endpoints", "").warnings())
        .containsExactly(
            "299 - \"v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1"
                + " EndpointSlice\"");
  }

  @Test
  void theRootTellsAllPaths() {
    assertThat(api.send("GET", "/", "").at("/paths").toString())
        .contains("\"/api/v1\"", "\"/apis/apps\"", "\"/apis/apps/v1\"", "\"/readyz\"");
  }
}
