package dev.navarch.apiserver.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Json;
import dev.navarch.api.Yaml;
import dev.navarch.apiserver.AdminApi;
import dev.navarch.apiserver.AdminApi.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Real HTTPS webhooks that mutate, refuse, warn, hang, redirect or are not there.
final class WebhooksTest {
  private static final String CONFIGURATIONS =
      "/apis/admissionregistration.k8s.io/v1/%swebhookconfigurations";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final AtomicInteger NUMBER = new AtomicInteger();
  @TempDir static Path folder;
  private static AdminApi api;
  private static HookServer hooks;

  @BeforeAll
  static void start() throws Exception {
    api = AdminApi.start(folder);
    hooks = new HookServer();
    hooks.answers("/allow", request -> response("{allowed: true, warnings: [beware]}"));
    hooks.answers(
        "/deny",
        request ->
            response(
                "{allowed: false, status: {message: not here, code: 403, reason: Forbidden}}"));
    hooks.answers("/silent", request -> response("{allowed: false}"));
    hooks.answers(
        "/label",
        request ->
            response("{allowed: true, patch: [{op: add, path: /data/added, value: 'yes'}]}"));
    hooks.answers("/count", WebhooksTest::count);
  }

  @AfterAll
  static void stop() {
    hooks.close();
    api.close();
  }

  @AfterEach
  void remove() {
    for (String kind : new String[] {"mutating", "validating"}) {
      api.send("DELETE", CONFIGURATIONS.formatted(kind), "");
    }
    hooks.asked().clear();
  }

  private static ObjectNode response(String yaml) {
    return Yaml.parse(yaml.getBytes(StandardCharsets.UTF_8));
  }

  /// Adds one to `data.count` each time it is asked.
  private static ObjectNode count(JsonNode request) {
    int count = Integer.parseInt(request.at("/object/data/count").asString("0"));
    ObjectNode response = Json.object().put("allowed", true);
    response
        .putArray("patch")
        .addObject()
        .put("op", "add")
        .put("path", "/data/count")
        .put("value", String.valueOf(count + 1));
    return response;
  }

  private static void configure(String kind, String path, String more) {
    configure(kind, "hook-" + NUMBER.incrementAndGet(), hooks.clientConfig(path), more);
  }

  private static void configure(String kind, String name, String client, String more) {
    Answer made =
        api.post(
            CONFIGURATIONS.formatted(kind),
            """
            metadata: {name: %s}
            webhooks:
            - name: a.example.com
              clientConfig: %s
              rules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [configmaps]}]
              sideEffects: None
              admissionReviewVersions: [v1]
              timeoutSeconds: 2
              %s
            """
                .formatted(name, client, more.replace("\n", "\n  ")));
    assertThat(made.status()).as(made.message()).isEqualTo(201);
  }

  private static Answer create(String more) {
    return api.post(MAPS, "{metadata: {generateName: m-, %s}, data: {a: b}}".formatted(more));
  }

  @Test
  void mutates() {
    configure("mutating", "/label", "");
    Answer made = create("");
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.at("/data/added").asString("")).isEqualTo("yes");
    ObjectNode asked = hooks.asked().getLast();
    assertThat(asked.at("/operation").asString()).isEqualTo("CREATE");
    assertThat(asked.at("/kind/kind").asString()).isEqualTo("ConfigMap");
    assertThat(asked.at("/resource/resource").asString()).isEqualTo("configmaps");
    assertThat(asked.at("/namespace").asString()).isEqualTo("default");
    assertThat(asked.at("/object/data/a").asString()).isEqualTo("b");
    assertThat(asked.path("oldObject").isNull()).isTrue();
    assertThat(asked.at("/options/kind").asString()).isEqualTo("CreateOptions");
    assertThat(asked.at("/userInfo/groups").toString()).contains("system:masters");
  }

  @Test
  void warnsAndShowsTheOldObject() {
    Answer made = create("");
    configure("validating", "/allow", "");
    String path = MAPS + "/" + made.at("/metadata/name").asString();
    Answer changed = api.send("PATCH", path, "{data: {a: c}}");
    assertThat(changed.warnings()).containsExactly("299 - \"beware\"");
    assertThat(hooks.asked().getLast().at("/oldObject/data/a").asString()).isEqualTo("b");
    assertThat(hooks.asked().getLast().at("/object/data/a").asString()).isEqualTo("c");
    api.send("DELETE", path, "");
    assertThat(hooks.asked().getLast().path("object").isNull()).isTrue();
    assertThat(hooks.asked().getLast().at("/oldObject/data/a").asString()).isEqualTo("c");
  }

  @Test
  void refuses() {
    configure("validating", "/deny", "");
    Answer refused = create("");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.at("/reason").asString()).isEqualTo("Forbidden");
    assertThat(refused.message())
        .isEqualTo("admission webhook \"a.example.com\" denied the request: not here");
  }

  @Test
  void refusesWithoutAWord() {
    configure("mutating", "/silent", "");
    Answer refused = create("");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.message())
        .isEqualTo("admission webhook \"a.example.com\" denied the request without explanation");
  }

  @Test
  void endsACallThatHangs() {
    configure("validating", "/hang", "failurePolicy: Fail");
    long start = System.nanoTime();
    Answer failed = create("");
    assertThat(failed.status()).isEqualTo(500);
    assertThat(failed.message())
        .startsWith(
            "Internal error occurred: failed calling webhook \"a.example.com\": failed to call"
                + " webhook: Post \"https://127.0.0.1:")
        .endsWith("/hang?timeout=2s\": context deadline exceeded");
    assertThat(System.nanoTime() - start).isBetween(1_900_000_000L, 4_000_000_000L);
  }

  @Test
  void nothingIsStoredForAClientThatWaitsNoLonger() {
    configure("validating", "/hang", "failurePolicy: Ignore");
    Answer late = api.post(MAPS + "?timeout=200ms", "{metadata: {name: late}}");
    assertThat(late.status()).isEqualTo(504);
    assertThat(late.message())
        .isEqualTo("Timeout: request did not complete within the allotted timeout");
    assertThat(late.at("/reason").asString("")).isEqualTo("Timeout");
    assertThat(api.send("GET", MAPS + "/late", "").status()).isEqualTo(404);
  }

  @Test
  void isRefusedOrNotWhenNobodyAnswers() {
    String nobody = "{url: 'https://127.0.0.1:1/x', caBundle: " + hooks.bundle() + "}";
    configure("validating", "down", nobody, "failurePolicy: Ignore");
    assertThat(create("").status()).isEqualTo(201);
    configure("validating", "down-and-needed", nobody, "failurePolicy: Fail");
    assertThat(create("").message())
        .isEqualTo(
            "Internal error occurred: failed calling webhook \"a.example.com\": failed to call"
                + " webhook: Post \"https://127.0.0.1:1/x?timeout=2s\": dial tcp: connect:"
                + " connection refused");
  }

  @Test
  void followsNoRedirect() {
    configure("validating", "/redirect", "");
    Answer failed = create("");
    assertThat(failed.status()).isEqualTo(500);
    assertThat(failed.message()).contains("the server responded with the status code 302");
    assertThat(hooks.asked()).isEmpty();
  }

  @Test
  void trustsOnlyItsAuthority() {
    String untrusted = hooks.clientConfig("/allow").replaceAll(", caBundle.*}", "}");
    configure("validating", "untrusted", untrusted, "");
    assertThat(create("").message()).contains("tls: failed to verify certificate: x509");
  }

  @Test
  void asksOnlyForWhatIsSelected() {
    configure("validating", "/deny", "objectSelector: {matchLabels: {hooked: 'yes'}}");
    assertThat(create("").status()).isEqualTo(201);
    assertThat(create("labels: {hooked: 'yes'}").status()).isEqualTo(403);
  }

  @Test
  void asksOnlyInSelectedNamespaces() {
    configure(
        "validating",
        "/deny",
        "namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn,"
            + " values: [default]}]}");
    assertThat(create("").status()).isEqualTo(201);
    assertThat(
            api.post(MAPS.replace("default", "kube-system"), "{metadata: {name: selected}}")
                .status())
        .isEqualTo(403);
  }

  @Test
  void asksOnlyWhereConditionsMatch() {
    configure(
        "validating",
        "/deny",
        "matchConditions: [{name: hooked, expression: \"has(object.metadata.labels) &&"
            + " object.metadata.labels['hooked'] == 'yes' && request.userInfo.username != 'x'\"}]");
    assertThat(create("").status()).isEqualTo(201);
    assertThat(create("labels: {hooked: 'yes'}").status()).isEqualTo(403);
    assertThat(create("labels: {other: 'yes'}").message())
        .contains("matchCondition \"hooked\" evaluation error: no such key: hooked");
  }

  @Test
  void asksAgainAfterOthersChanged() {
    configure(
        "mutating", "a-counter", hooks.clientConfig("/count"), "reinvocationPolicy: IfNeeded");
    configure("mutating", "b-labels", hooks.clientConfig("/label"), "");
    assertThat(create("").at("/data/count").asString("")).isEqualTo("2");
    remove();
    configure("mutating", "a-labels", hooks.clientConfig("/label"), "");
    configure(
        "mutating", "b-counter", hooks.clientConfig("/count"), "reinvocationPolicy: IfNeeded");
    assertThat(create("").at("/data/count").asString("")).isEqualTo("1");
  }

  @Test
  void isNotAskedInADryRunThatItDoesNotSupport() {
    api.post(
        CONFIGURATIONS.formatted("validating"),
        """
        metadata: {name: effects}
        webhooks:
        - name: b.example.com
          clientConfig: %s
          rules: [{apiGroups: ['*'], apiVersions: ['*'], operations: [CREATE], resources: ['*/*']}]
          sideEffects: None
          admissionReviewVersions: [v1]
        """
            .formatted(hooks.clientConfig("/allow")));
    Answer made = api.post(MAPS + "?dryRun=All", "{metadata: {name: dry}}");
    assertThat(made.status()).isEqualTo(201);
    assertThat(hooks.asked().getLast().path("dryRun").asBoolean()).isTrue();
  }

  @Test
  void neverAsksAboutWebhooks() {
    api.post(
        CONFIGURATIONS.formatted("validating"),
        """
        metadata: {name: everything}
        webhooks:
        - name: c.example.com
          clientConfig: %s
          rules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]
          sideEffects: None
          admissionReviewVersions: [v1]
        """
            .formatted(hooks.clientConfig("/deny")));
    assertThat(create("").status()).isEqualTo(403);
    assertThat(
            api.send("DELETE", CONFIGURATIONS.formatted("validating") + "/everything", "").status())
        .isEqualTo(200);
    assertThat(create("").status()).isEqualTo(201);
  }
}
