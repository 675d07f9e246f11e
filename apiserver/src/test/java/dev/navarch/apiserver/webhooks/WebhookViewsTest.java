package dev.navarch.apiserver.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

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
import tools.jackson.databind.node.ObjectNode;

/// What webhooks are shown: objects in the version that their rules name, and what is written below
/// an object as what it is.
final class WebhookViewsTest {
  private static final String CONFIGURATIONS =
      "/apis/admissionregistration.k8s.io/v1/%swebhookconfigurations";
  private static final String NAMESPACE = "/api/v1/namespaces/default/";
  private static final String APPS = "/apis/apps/v1/namespaces/default/deployments";
  private static final String SCALERS = "/namespaces/default/horizontalpodautoscalers";
  private static final AtomicInteger NUMBER = new AtomicInteger();
  @TempDir static Path folder;
  private static AdminApi api;
  private static HookServer hooks;

  @BeforeAll
  static void start() throws Exception {
    api = AdminApi.start(folder);
    hooks = new HookServer();
    api.post(NAMESPACE + "serviceaccounts", "{metadata: {name: default}}");
    hooks.answers("/allow", _ -> response("{allowed: true}"));
    hooks.answers("/deny", _ -> response("{allowed: false, status: {message: no, code: 403}}"));
    hooks.answers(
        "/nine",
        _ -> response("{allowed: true, patch: [{op: replace, path: /spec/replicas, value: 9}]}"));
    hooks.answers(
        "/most",
        _ ->
            response("{allowed: true, patch: [{op: replace, path: /spec/maxReplicas, value: 9}]}"));
    hooks.answers(
        "/note",
        _ -> response("{allowed: true, patch: [{op: replace, path: /note, value: told}]}"));
    hooks.answers(
        "/hour",
        _ ->
            response(
                "{allowed: true, patch: [{op: add, path: /spec/expirationSeconds, value: 1200}]}"));
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
    hooks.callers().clear();
  }

  private static ObjectNode response(String yaml) {
    return Yaml.parse(yaml.getBytes(StandardCharsets.UTF_8));
  }

  private static void hook(String kind, String path, String rule) {
    hook(kind, path, rule, "Equivalent");
  }

  private static void hook(String kind, String path, String rule, String policy) {
    Answer made =
        api.post(
            CONFIGURATIONS.formatted(kind),
            """
            metadata: {name: hook-%d}
            webhooks:
            - name: a.example.com
              clientConfig: %s
              rules: [%s]
              matchPolicy: %s
              sideEffects: None
              admissionReviewVersions: [v1]
            """
                .formatted(NUMBER.incrementAndGet(), hooks.clientConfig(path), rule, policy));
    assertThat(made.status()).as(made.message()).isEqualTo(201);
  }

  private static String rule(String group, String version, String resource, String operation) {
    return "{apiGroups: ['%s'], apiVersions: [%s], resources: [%s], operations: [%s]}"
        .formatted(group, version, resource, operation);
  }

  private static ObjectNode asked() {
    return hooks.asked().getLast();
  }

  private static String kind(String field) {
    return asked().at("/" + field + "/group").asString("")
        + "/"
        + asked().at("/" + field + "/version").asString("")
        + " "
        + asked().at("/" + field + "/kind").asString("");
  }

  private static String pod() {
    String name = "pod-" + NUMBER.incrementAndGet();
    Answer made =
        api.post(
            NAMESPACE + "pods",
            "{metadata: {name: %s}, spec: {containers: [{name: c, image: i}]}}".formatted(name));
    assertThat(made.status()).as(made.message()).isEqualTo(201);
    return name;
  }

  private static String scaler(String name) {
    return """
        metadata: {name: %s}
        spec:
          maxReplicas: 3
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
          metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
        """
        .formatted(name);
  }

  @Test
  void seesTheVersionThatItAsksFor() {
    hook("mutating", "/most", rule("autoscaling", "v1", "horizontalpodautoscalers", "'*'"));
    Answer made = api.post("/apis/autoscaling/v2" + SCALERS, scaler("old"));
    assertThat(made.status()).as(made.message()).isEqualTo(201);
    assertThat(kind("kind")).isEqualTo("autoscaling/v1 HorizontalPodAutoscaler");
    assertThat(asked().at("/resource/version").asString("")).isEqualTo("v1");
    assertThat(kind("requestKind")).isEqualTo("autoscaling/v2 HorizontalPodAutoscaler");
    assertThat(asked().at("/requestResource/version").asString("")).isEqualTo("v2");
    assertThat(asked().at("/object/apiVersion").asString("")).isEqualTo("autoscaling/v1");
    assertThat(asked().at("/object/spec/targetCPUUtilizationPercentage").asInt()).isEqualTo(70);
    assertThat(made.at("/spec/maxReplicas").asInt()).isEqualTo(9);
    assertThat(made.at("/spec/metrics/0/resource/target/averageUtilization").asInt()).isEqualTo(70);

    api.send("DELETE", "/apis/autoscaling/v2" + SCALERS + "/old", "");
    assertThat(asked().at("/oldObject/spec/targetCPUUtilizationPercentage").asInt()).isEqualTo(70);
  }

  @Test
  void seesTheVersionOfTheRequestFirst() {
    hook("validating", "/allow", rule("autoscaling", "v1, v2", "horizontalpodautoscalers", "'*'"));
    api.post(
        "/apis/autoscaling/v1" + SCALERS,
        "{metadata: {name: first}, spec: {maxReplicas: 3, scaleTargetRef: {kind: D, name: d}}}");
    assertThat(kind("kind")).isEqualTo("autoscaling/v1 HorizontalPodAutoscaler");
    assertThat(kind("requestKind")).isEqualTo("autoscaling/v1 HorizontalPodAutoscaler");
    assertThat(asked().at("/object/apiVersion").asString("")).isEqualTo("autoscaling/v1");
  }

  @Test
  void isNotAskedAboutOtherVersionsWhenItWantsItsOwn() {
    hook(
        "validating",
        "/deny",
        rule("autoscaling", "v1", "horizontalpodautoscalers", "'*'"),
        "Exact");
    assertThat(api.post("/apis/autoscaling/v2" + SCALERS, scaler("exact")).status()).isEqualTo(201);
    assertThat(api.send("DELETE", "/apis/autoscaling/v1" + SCALERS + "/exact", "").status())
        .isEqualTo(403);
  }

  @Test
  void seesEventsOfBothGroups() {
    hook("mutating", "/note", rule("events.k8s.io", "v1", "events", "CREATE"));
    Answer made =
        api.post(
            NAMESPACE + "events",
            "{metadata: {name: e1}, message: said, type: Normal, reason: R,"
                + " involvedObject: {kind: Pod, namespace: default, name: p}}");
    assertThat(made.status()).as(made.message()).isEqualTo(201);
    assertThat(kind("kind")).isEqualTo("events.k8s.io/v1 Event");
    assertThat(kind("requestKind")).isEqualTo("/v1 Event");
    assertThat(asked().at("/object/regarding/name").asString("")).isEqualTo("p");
    assertThat(made.at("/message").asString("")).isEqualTo("told");
  }

  @Test
  void seesAScaleAsAScale() {
    Answer web =
        api.post(
            APPS,
            """
            metadata: {name: web}
            spec:
              replicas: 1
              selector: {matchLabels: {a: b}}
              template:
                metadata: {labels: {a: b}}
                spec: {containers: [{name: c, image: i}]}
            """);
    assertThat(web.status()).as(web.message()).isEqualTo(201);
    hook("mutating", "/nine", rule("apps", "v1", "deployments/scale", "UPDATE"));
    Answer scaled =
        api.send(
            "PUT",
            APPS + "/web/scale?fieldManager=me",
            "{metadata: {name: web}, spec: {replicas: 2}}");
    assertThat(scaled.status()).as(scaled.message()).isEqualTo(200);
    assertThat(kind("kind")).isEqualTo("autoscaling/v1 Scale");
    assertThat(kind("requestKind")).isEqualTo("autoscaling/v1 Scale");
    assertThat(asked().at("/resource/resource").asString("")).isEqualTo("deployments");
    assertThat(asked().path("subResource").asString("")).isEqualTo("scale");
    assertThat(asked().path("requestSubResource").asString("")).isEqualTo("scale");
    assertThat(asked().at("/object/spec/replicas").asInt()).isEqualTo(2);
    assertThat(asked().at("/object/status/selector").asString("")).isEqualTo("a=b");
    assertThat(asked().at("/oldObject/spec/replicas").asInt()).isEqualTo(1);
    assertThat(asked().at("/options/kind").asString("")).isEqualTo("UpdateOptions");
    assertThat(asked().at("/options/fieldManager").asString("")).isEqualTo("me");
    assertThat(scaled.at("/spec/replicas").asInt()).isEqualTo(9);
    assertThat(api.send("GET", APPS + "/web", "").at("/spec/replicas").asInt()).isEqualTo(9);
  }

  @Test
  void seesBindingsEvictionsAndTokens() {
    String pod = pod();
    hook("validating", "/allow", rule("", "v1", "pods/*", "'*'"));
    Answer bound =
        api.post(
            NAMESPACE + "pods/" + pod + "/binding",
            "{metadata: {name: %s}, target: {kind: Node, name: n1}}".formatted(pod));
    assertThat(bound.status()).as(bound.message()).isEqualTo(201);
    assertThat(hooks.asked()).hasSize(1);
    assertThat(kind("kind")).isEqualTo("/v1 Binding");
    assertThat(asked().path("operation").asString("")).isEqualTo("CREATE");
    assertThat(asked().path("name").asString("")).isEqualTo(pod);
    assertThat(asked().at("/object/target/name").asString("")).isEqualTo("n1");
    assertThat(asked().path("oldObject").isNull()).isTrue();

    Answer evicted =
        api.post(
            NAMESPACE + "pods/" + pod + "/eviction",
            "{apiVersion: policy/v1, kind: Eviction, metadata: {name: %s}}".formatted(pod));
    assertThat(evicted.status()).as(evicted.message()).isEqualTo(201);
    assertThat(hooks.asked()).hasSize(2);
    assertThat(kind("kind")).isEqualTo("policy/v1 Eviction");
    assertThat(asked().path("operation").asString("")).isEqualTo("CREATE");

    hook("mutating", "/hour", rule("", "v1", "serviceaccounts/token", "'*'"));
    api.post(NAMESPACE + "serviceaccounts", "{metadata: {name: robot}}");
    Answer token = api.post(NAMESPACE + "serviceaccounts/robot/token", "{spec: {}}");
    assertThat(token.status()).as(token.message()).isEqualTo(201);
    assertThat(kind("kind")).isEqualTo("authentication.k8s.io/v1 TokenRequest");
    assertThat(token.at("/spec/expirationSeconds").asInt()).isEqualTo(1200);
  }

  @Test
  void refusesAnEvictionAndNothingHappens() {
    String pod = pod();
    hook("validating", "/deny", rule("", "v1", "pods/eviction", "CREATE"));
    assertThat(
            api.post(
                    NAMESPACE + "pods/" + pod + "/eviction",
                    "{apiVersion: policy/v1, kind: Eviction, metadata: {name: %s}}".formatted(pod))
                .status())
        .isEqualTo(403);
    Answer left = api.send("GET", NAMESPACE + "pods/" + pod, "");
    assertThat(left.at("/metadata/deletionTimestamp").isMissingNode()).isTrue();
    assertThat(left.at("/status/conditions").isMissingNode()).isTrue();
  }

  @Test
  void seesPartsOfPodsAsPods() {
    String pod = pod();
    hook(
        "validating",
        "/allow",
        rule("", "v1", "'pods/ephemeralcontainers', 'pods/resize'", "UPDATE"));
    Answer part =
        api.send(
            "PATCH",
            NAMESPACE + "pods/" + pod + "/ephemeralcontainers",
            "{spec: {ephemeralContainers: [{name: e, image: i}]}}");
    assertThat(part.status()).as(part.message()).isEqualTo(200);
    assertThat(kind("kind")).isEqualTo("/v1 Pod");
    assertThat(asked().path("subResource").asString("")).isEqualTo("ephemeralcontainers");
    assertThat(asked().at("/object/spec/ephemeralContainers/0/name").asString("")).isEqualTo("e");
    api.send(
        "PATCH",
        NAMESPACE + "pods/" + pod + "/resize",
        "{spec: {containers: [{name: c, image: i}]}}");
    assertThat(asked().path("subResource").asString("")).isEqualTo("resize");
    assertThat(kind("requestKind")).isEqualTo("/v1 Pod");
  }

  @Test
  void isAskedBeforeStreamsAreOpened() {
    String pod = pod();
    hook("validating", "/deny", rule("", "v1", "'*/*'", "CONNECT"));
    String at = NAMESPACE + "pods/" + pod;
    assertThat(api.post(at + "/exec?command=ls&command=-l&stdout=true&container=c", "").status())
        .isEqualTo(403);
    assertThat(kind("kind")).isEqualTo("/v1 PodExecOptions");
    assertThat(asked().path("operation").asString("")).isEqualTo("CONNECT");
    assertThat(asked().at("/object/command").toString()).isEqualTo("[\"ls\",\"-l\"]");
    assertThat(asked().at("/object/container").asString("")).isEqualTo("c");
    assertThat(api.post(at + "/attach?stdin=true", "").status()).isEqualTo(403);
    assertThat(kind("kind")).isEqualTo("/v1 PodAttachOptions");
    assertThat(api.post(at + "/portforward?ports=80", "").status()).isEqualTo(403);
    assertThat(kind("kind")).isEqualTo("/v1 PodPortForwardOptions");
    assertThat(api.send("GET", at + "/proxy/x/y", "").status()).isEqualTo(403);
    assertThat(kind("kind")).isEqualTo("/v1 PodProxyOptions");
    assertThat(asked().at("/object/path").asString("")).isEqualTo("/x/y");
    assertThat(api.send("GET", NAMESPACE + "services/kubernetes/proxy/", "").status())
        .isEqualTo(403);
    assertThat(kind("kind")).isEqualTo("/v1 ServiceProxyOptions");
  }

  @Test
  void seesWithWhichOptionsSomethingIsDeleted() {
    String pod = pod();
    hook("validating", "/allow", rule("", "v1", "pods", "DELETE"));
    api.send(
        "DELETE",
        NAMESPACE + "pods/" + pod + "?propagationPolicy=Orphan",
        "{gracePeriodSeconds: 7}");
    assertThat(asked().path("options").toString())
        .isEqualTo(
            "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"meta.k8s.io/v1\",\"gracePeriodSeconds\":7,\"propagationPolicy\":\"Orphan\"}");
  }

  @Test
  void isCalledOnOneConnectionAgainAndAgain() {
    hook("validating", "/allow", rule("", "v1", "configmaps", "CREATE"));
    for (int i = 0; i < 3; i++) {
      api.post(NAMESPACE + "configmaps", "{metadata: {generateName: c-}}");
    }
    assertThat(hooks.callers()).hasSize(3);
    assertThat(hooks.callers().stream().distinct()).hasSize(1);
  }

  @Test
  void isCalledOnANewConnectionWhenTheLastOneIsDead() throws Exception {
    try (HookServer first = new HookServer()) {
      first.answers("/allow", _ -> response("{allowed: true}"));
      String name = "dying-" + NUMBER.incrementAndGet();
      api.post(
          CONFIGURATIONS.formatted("validating"),
          """
          metadata: {name: %s}
          webhooks:
          - name: a.example.com
            clientConfig: %s
            rules: [%s]
            sideEffects: None
            admissionReviewVersions: [v1]
          """
              .formatted(
                  name, first.clientConfig("/allow"), rule("", "v1", "configmaps", "CREATE")));
      assertThat(api.post(NAMESPACE + "configmaps", "{metadata: {generateName: c-}}").status())
          .isEqualTo(201);
      first.restart();
      first.answers("/allow", _ -> response("{allowed: true}"));
      assertThat(api.post(NAMESPACE + "configmaps", "{metadata: {generateName: c-}}").status())
          .isEqualTo(201);
      assertThat(first.callers()).hasSize(2).doesNotHaveDuplicates();
    }
  }
}
