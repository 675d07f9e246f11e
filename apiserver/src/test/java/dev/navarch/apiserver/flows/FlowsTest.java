package dev.navarch.apiserver.flows;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.apiserver.AdminApi;
import dev.navarch.apiserver.AdminApi.Answer;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The flow schemas that a cluster begins with, and what requests show of them.
final class FlowsTest {
  private static final String GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1/";
  private static final String SCHEMA = "X-Kubernetes-PF-FlowSchema-UID";
  private static final String LEVEL = "X-Kubernetes-PF-PriorityLevel-UID";
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

  private static String uid(String kind, String name) {
    Answer found = api.send("GET", GROUP + kind + "/" + name, "");
    assertThat(found.status()).as(name).isEqualTo(200);
    return found.at("/metadata/uid").asString("");
  }

  private static void belongs(Answer answer, String schema, String level) {
    assertThat(answer.header(SCHEMA)).isEqualTo(uid("flowschemas", schema));
    assertThat(answer.header(LEVEL)).isEqualTo(uid("prioritylevelconfigurations", level));
  }

  private static Answer as(String user, String group, String path) {
    return api.send("GET", path, "", "Impersonate-User", user, "Impersonate-Group", group);
  }

  @Test
  void beginsWithUpstreamsLevelsAndSchemas() {
    assertThat(names("prioritylevelconfigurations"))
        .containsExactlyInAnyOrder(
            "exempt",
            "catch-all",
            "system",
            "node-high",
            "leader-election",
            "workload-high",
            "workload-low",
            "global-default");
    assertThat(names("flowschemas")).hasSize(13).contains("probes", "system-nodes");
    Answer nodes = api.send("GET", GROUP + "flowschemas/system-node-high", "");
    assertThat(nodes.at("/spec/matchingPrecedence").asInt()).isEqualTo(400);
    assertThat(nodes.at("/spec/rules/0/resourceRules/0/resources").toString())
        .isEqualTo("[\"nodes\",\"nodes/status\"]");
    assertThat(nodes.at("/metadata/annotations").toString())
        .isEqualTo("{\"apf.kubernetes.io/autoupdate-spec\":\"true\"}");
  }

  private static java.util.List<String> names(String kind) {
    return api.send("GET", GROUP + kind, "")
        .at("/items")
        .valueStream()
        .map(item -> item.at("/metadata/name").asString(""))
        .filter(name -> !name.startsWith("own"))
        .toList();
  }

  @Test
  void saysToWhichFlowARequestBelongs() {
    String pods = "/api/v1/namespaces/default/pods";
    belongs(api.send("GET", pods, ""), "exempt", "exempt");
    belongs(as("jane", "system:authenticated", pods), "global-default", "global-default");
    belongs(
        as("jane", "system:authenticated", "/livez/nothing"), "global-default", "global-default");
    belongs(
        as("system:node:n", "system:nodes", "/api/v1/nodes/n"), "system-node-high", "node-high");
    belongs(as("system:node:n", "system:nodes", pods), "system-nodes", "system");
    belongs(
        as("system:kube-scheduler", "system:authenticated", pods),
        "kube-scheduler",
        "workload-high");
    belongs(
        as(
            "system:kube-scheduler",
            "system:authenticated",
            "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x"),
        "system-leader-election",
        "leader-election");
    belongs(
        as("system:serviceaccount:kube-system:x", "system:serviceaccounts", pods),
        "kube-system-service-accounts",
        "workload-high");
    belongs(
        as("system:serviceaccount:shop:x", "system:serviceaccounts", pods),
        "service-accounts",
        "workload-low");
  }

  @Test
  void aNewSchemaCountsAtOnceAndKnowsItsLevel() {
    Answer made =
        api.post(
            GROUP + "flowschemas",
            """
            metadata: {name: own}
            spec:
              matchingPrecedence: 50
              priorityLevelConfiguration: {name: own-level}
              rules:
              - subjects: [{kind: User, user: {name: joe}}]
                nonResourceRules: [{verbs: ['*'], nonResourceURLs: ['/version', '/x/*']}]
            """);
    assertThat(made.status()).as(made.message()).isEqualTo(201);
    await()
        .untilAsserted(() -> assertThat(dangling().path("status").asString("")).isEqualTo("True"));
    assertThat(dangling().path("reason").asString("")).isEqualTo("NotFound");
    belongs(as("joe", "system:authenticated", "/version"), "global-default", "global-default");

    api.post(
        GROUP + "prioritylevelconfigurations",
        "{metadata: {name: own-level}, spec: {type: Limited, limited: {limitResponse: {type:"
            + " Reject}}}}");
    await()
        .untilAsserted(() -> assertThat(dangling().path("status").asString("")).isEqualTo("False"));
    belongs(as("joe", "system:authenticated", "/version"), "own", "own-level");
    belongs(as("joe", "system:authenticated", "/x/y"), "own", "own-level");
    belongs(as("joe", "system:authenticated", "/api"), "global-default", "global-default");
  }

  @Test
  void requestsBeyondTheSeatsOfALevelThatRefusesAreRefused() {
    api.post(
        GROUP + "prioritylevelconfigurations",
        "{metadata: {name: own-closed}, spec: {type: Limited, limited: {nominalConcurrencyShares:"
            + " 0, borrowingLimitPercent: 0, limitResponse: {type: Reject}}}}");
    api.post(
        GROUP + "flowschemas",
        """
        metadata: {name: own-crowd}
        spec:
          matchingPrecedence: 51
          priorityLevelConfiguration: {name: own-closed}
          rules:
          - subjects: [{kind: User, user: {name: crowd}}]
            nonResourceRules: [{verbs: ['*'], nonResourceURLs: ['*']}]
        """);
    await()
        .untilAsserted(
            () -> {
              Answer refused = as("crowd", "system:authenticated", "/version");
              assertThat(refused.status()).isEqualTo(429);
              assertThat(refused.header("Retry-After")).isEqualTo("1");
              assertThat(refused.at("/reason").asString("")).isEqualTo("TooManyRequests");
              belongs(refused, "own-crowd", "own-closed");
            });
  }

  private static JsonNode dangling() {
    return api.send("GET", GROUP + "flowschemas/own", "").at("/status/conditions/0");
  }

  @Test
  void metricsTellOfFlows() {
    String user = "system:serviceaccount:own:teller";
    assertThat(as(user, "system:serviceaccounts", "/version").status()).isEqualTo(200);
    String labels = "{flow_schema=\"service-accounts\",priority_level=\"workload-low\"";
    String metrics = new String(api.read("/metrics"), UTF_8);
    assertThat(metrics)
        .containsPattern(
            "apiserver_flowcontrol_dispatched_requests_total" + quoted(labels) + "} [1-9]")
        .contains("apiserver_flowcontrol_current_executing_requests" + labels + "} 0")
        .contains("apiserver_flowcontrol_current_executing_seats" + labels + "} 0")
        .contains("apiserver_flowcontrol_current_inqueue_requests" + labels + "} 0")
        .contains("apiserver_flowcontrol_nominal_limit_seats{priority_level=\"workload-low\"} 2")
        .containsPattern(
            "apiserver_flowcontrol_request_wait_duration_seconds_bucket\\{execute=\"true\","
                + "flow_schema=\"service-accounts\",priority_level=\"workload-low\",le=\"0.005\"}"
                + " [1-9]");
  }

  private static String quoted(String text) {
    return Pattern.quote(text);
  }
}
