package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.AdminApi.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void theRootTellsAllPaths() {
    assertThat(api.send("GET", "/", "").at("/paths").toString())
        .contains("\"/api/v1\"", "\"/apis/apps\"", "\"/apis/apps/v1\"", "\"/readyz\"");
  }
}
