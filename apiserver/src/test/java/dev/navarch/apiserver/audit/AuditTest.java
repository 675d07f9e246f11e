package dev.navarch.apiserver.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.Json;
import dev.navarch.api.Yaml;
import dev.navarch.apiserver.AdminApi;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.client.AnyServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// What the audit log tells of requests, by the levels of its policy.
final class AuditTest {
  private static final String POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived]
      rules:
      - level: None
        users: [system:quiet]
      - level: Metadata
        resources: [{group: "", resources: [secrets, serviceaccounts/token]}]
      - level: Request
        resources: [{group: "", resources: [pods]}]
        omitStages: []
      - level: RequestResponse
        omitManagedFields: true
        resources: [{group: "", resources: [configmaps]}]
      - level: Metadata
        nonResourceURLs: [/version, /healthz*]
      """;
  private static final String DEFAULT = "/api/v1/namespaces/default/";
  @TempDir static Path folder;
  private static AdminApi api;
  private static Path log;

  @BeforeAll
  static void start() throws Exception {
    Path policy = folder.resolve("policy.yaml");
    Files.writeString(policy, POLICY);
    log = folder.resolve("logs/audit.log");
    api =
        AdminApi.start(
            ApiServerConfig.of(folder.resolve("data"), "127.0.0.1", 0, "192.0.2.10")
                .withAudit(AuditFile.at(log.toString()), policy));
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static List<ObjectNode> told(Predicate<ObjectNode> which) {
    try {
      return Files.readAllLines(log).stream()
          .map(line -> Json.parse(line.getBytes(UTF_8)))
          .filter(which)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<ObjectNode> of(String uri) {
    return told(event -> event.path("requestURI").asString("").equals(uri));
  }

  @Test
  void tellsWhoDidWhat() {
    api.send("GET", DEFAULT + "secrets/none?x=a+b", "", "User-Agent", "tester/1");
    assertThat(of(DEFAULT + "secrets/none?x=a+b"))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.path("kind").asString("")).isEqualTo("Event");
              assertThat(event.path("apiVersion").asString("")).isEqualTo("audit.k8s.io/v1");
              assertThat(event.path("level").asString("")).isEqualTo("Metadata");
              assertThat(event.path("stage").asString("")).isEqualTo("ResponseComplete");
              assertThat(event.path("verb").asString("")).isEqualTo("get");
              assertThat(event.at("/user/username").asString("")).isEqualTo("kubernetes-admin");
              assertThat(event.path("sourceIPs").toString()).isEqualTo("[\"127.0.0.1\"]");
              assertThat(event.path("userAgent").asString("")).isEqualTo("tester/1");
              assertThat(event.path("objectRef").toString())
                  .isEqualTo(
                      "{\"resource\":\"secrets\",\"namespace\":\"default\",\"name\":\"none\",\"apiVersion\":\"v1\"}");
              assertThat(event.at("/responseStatus/code").asInt()).isEqualTo(404);
              assertThat(event.at("/responseStatus/reason").asString("")).isEqualTo("NotFound");
              assertThat(event.at("/annotations/authorization.k8s.io~1decision").asString(""))
                  .isEqualTo("allow");
              assertThat(event.path("requestReceivedTimestamp").asString(""))
                  .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
            });
  }

  @Test
  void secretsStayOutAtTheLevelOfMetadata() throws IOException {
    api.post(DEFAULT + "secrets", "{metadata: {name: s}, stringData: {password: hunter2}}");
    api.send("GET", DEFAULT + "secrets/s", "");
    assertThat(of(DEFAULT + "secrets/s")).hasSize(1);
    assertThat(Files.readString(log)).doesNotContain("hunter2", "aHVudGVyMg==");
  }

  @Test
  void tellsRequestsAndAnswersWhereThePolicyWantsIt() {
    api.post(DEFAULT + "configmaps", "{metadata: {name: told}, data: {a: b}}");
    ObjectNode event = of(DEFAULT + "configmaps").getFirst();
    assertThat(event.path("level").asString("")).isEqualTo("RequestResponse");
    assertThat(event.at("/requestObject/data/a").asString("")).isEqualTo("b");
    assertThat(event.at("/responseObject/metadata/uid").asString("")).isNotEmpty();
    assertThat(event.at("/responseObject/metadata/managedFields").isMissingNode()).isTrue();
    api.send("GET", DEFAULT + "configmaps?limit=5", "");
    assertThat(
            of(DEFAULT + "configmaps?limit=5").getFirst().at("/responseObject/kind").asString(""))
        .isEqualTo("ConfigMapList");

    api.post(DEFAULT + "pods?dryRun=All", "{metadata: {name: p}, spec: {containers: []}}");
    List<ObjectNode> pod = of(DEFAULT + "pods?dryRun=All");
    assertThat(pod).hasSize(1);
    assertThat(pod.getFirst().at("/requestObject/metadata/name").asString("")).isEqualTo("p");
    assertThat(pod.getFirst().path("responseObject").isMissingNode()).isTrue();
  }

  @Test
  void keepsQuietOfWhatNoRuleMeans() {
    api.send("GET", DEFAULT + "services?q=1", "");
    api.send("GET", "/api?q=1", "");
    api.send("GET", "/version?q=1", "");
    api.send("GET", DEFAULT + "secrets?q=1", "", "Impersonate-User", "system:quiet");
    assertThat(of(DEFAULT + "services?q=1")).isEmpty();
    assertThat(of("/api?q=1")).isEmpty();
    await().untilAsserted(() -> assertThat(of("/version?q=1")).hasSize(1));
    assertThat(of(DEFAULT + "secrets?q=1").getFirst().at("/impersonatedUser/username").asString(""))
        .isEqualTo("system:quiet");
    assertThat(of(DEFAULT + "secrets?q=1").getFirst().at("/responseStatus/code").asInt())
        .isEqualTo(403);
  }

  @Test
  void tellsOfCallersThatNobodyKnows() throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, AnyServer.trust(), null);
    try (HttpClient stranger = HttpClient.newBuilder().sslContext(tls).build()) {
      URI uri = URI.create("https://127.0.0.1:" + api.server().port() + "/version?who=nobody");
      HttpRequest request =
          HttpRequest.newBuilder(uri).header("Authorization", "Bearer wrong").build();
      assertThat(stranger.send(request, HttpResponse.BodyHandlers.discarding()).statusCode())
          .isEqualTo(401);
    }
    await()
        .untilAsserted(
            () ->
                assertThat(of("/version?who=nobody"))
                    .singleElement()
                    .satisfies(
                        event -> {
                          assertThat(event.at("/responseStatus/code").asInt()).isEqualTo(401);
                          assertThat(event.at("/responseStatus/message").asString(""))
                              .isEqualTo("Unauthorized");
                        }));
    assertThat(Files.readString(log)).doesNotContain("Bearer");
  }

  @Test
  void aWatchIsToldWhenItBeginsAndWhenItEnds() {
    api.send("GET", DEFAULT + "secrets?watch=true&timeoutSeconds=1", "");
    await()
        .untilAsserted(
            () ->
                assertThat(of(DEFAULT + "secrets?watch=true&timeoutSeconds=1"))
                    .extracting(event -> event.path("stage").asString(""))
                    .containsExactly("ResponseStarted", "ResponseComplete"));
  }

  @Test
  void policiesLeaveNotes() {
    api.post(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        """
        metadata: {name: noted}
        spec:
          matchConstraints:
            resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
          validations: [{expression: "!has(object.data.bad)", message: bad is bad}]
          auditAnnotations: [{key: name, valueExpression: "'made ' + object.metadata.name"}]
        """);
    api.post(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
        "{metadata: {name: noted-here}, spec: {policyName: noted, validationActions: [Audit]}}");
    await()
        .untilAsserted(
            () -> {
              api.post(
                  DEFAULT + "configmaps?fieldManager=notes",
                  "{metadata: {generateName: n-}, data: {bad: x}}");
              ObjectNode event = of(DEFAULT + "configmaps?fieldManager=notes").getLast();
              assertThat(event.at("/annotations/noted~1name").asString("")).startsWith("made n-");
              assertThat(
                      event
                          .at("/annotations/validation.policy.admission.k8s.io~1validation_failure")
                          .asString(""))
                  .contains(
                      "\"message\":\"bad is bad\"",
                      "\"policy\":\"noted\"",
                      "\"binding\":\"noted-here\"");
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{kind: Policy} | expected a Policy of audit.k8s.io/v1, found kind \"Policy\" of \"\"",
        "{apiVersion: audit.k8s.io/v1, kind: Policy} | rules: at least one is needed",
        "{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: All}]} | rules: level \"All\":"
            + " expected None, Metadata, Request or RequestResponse",
        "{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None, omitStages: [End]}]} |"
            + " omitStages: there is no stage \"End\"",
      })
  void aWrongPolicyIsRefused(String policy, String complaint) {
    assertThatThrownBy(() -> AuditPolicy.read(Yaml.parse(policy.getBytes(UTF_8))))
        .hasMessage(complaint);
  }
}
