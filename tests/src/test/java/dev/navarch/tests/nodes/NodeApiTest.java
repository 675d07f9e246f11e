package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a node tells of itself, to whom: figures of all that runs on it, and nothing to those who
/// have no right on it.
@RealClusterTest
class NodeApiTest {
  private static final JsonMapper JSON = new JsonMapper();
  private final RealCluster cluster;
  private final Kubectl kubectl;

  NodeApiTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("nodeapi");
  }

  @Test
  void usageOfPodsIsTold() {
    kubectl.apply(
        Manifests.holder("busy", "node1")
            .replace("[hold]", "[sh, -c, 'while true; do :; done']")
            .replace("name: main,", "name: main, resources: {limits: {cpu: 100m}},"));
    cluster.awaitReady(kubectl, "busy");
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(
            () -> {
              JsonNode main = summaryOf("busy").path("containers").path(0);
              assertThat(main.path("name").asString("")).isEqualTo("main");
              assertThat(main.at("/cpu/usageNanoCores").asLong(0))
                  .isBetween(20_000_000L, 400_000_000L);
              assertThat(main.at("/memory/workingSetBytes").asLong(0)).isPositive();
            });
    JsonNode pod = summaryOf("busy");
    assertThat(pod.at("/network/interfaces/0/name").asString("")).isEqualTo("eth0");
    assertThat(pod.at("/process_stats/process_count").asInt(0)).isPositive();
    assertThat(node("metrics/resource"))
        .contains(
            "container_cpu_usage_seconds_total{container=\"main\",namespace=\"nodeapi\",pod=\"busy\"}")
        .contains("node_memory_working_set_bytes ");
    assertThat(node("metrics/cadvisor")).contains("container_network_receive_bytes_total");
    assertThat(node("metrics")).contains("kubelet_running_pods ");
    assertThat(node("configz")).contains("\"kubeletconfig\"");
  }

  @Test
  void kubectlTopNeedsNoAddOn() {
    kubectl.apply(Manifests.holder("seen", "node1"));
    cluster.awaitReady(kubectl, "seen");
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(kubectl.run("top", "pods", "--containers", "--no-headers").output())
                    .containsPattern("(?m)^seen +main +[0-9]+m +[0-9]+Mi"));
    assertThat(kubectl.ok("top", "nodes")).containsPattern("(?m)^node1 +[0-9]+m +[0-9]+% ");
  }

  @Test
  void tokensAreAskedForAndRightsDecide() {
    kubectl.ok("create", "serviceaccount", "reader");
    kubectl.ok("create", "clusterrole", "figures", "--verb=get", "--resource=nodes/metrics");
    kubectl.ok(
        "create",
        "clusterrolebinding",
        "figures",
        "--clusterrole=figures",
        "--serviceaccount=nodeapi:reader");
    String token = kubectl.ok("create", "token", "reader").strip();
    kubectl.apply(Manifests.holder("asker", "node2"));
    Pod asker = cluster.awaitReady(kubectl, "asker");
    assertThat(status(asker, "metrics", token)).isEqualTo("200");
    assertThat(status(asker, "pods", token)).isEqualTo("403");
    assertThat(status(asker, "metrics", "nonsense")).isEqualTo("401");
  }

  private String status(Pod asker, String path, String token) {
    String address =
        kubectl.ok(
            "get",
            "node",
            "node1",
            "-o",
            "jsonpath={.status.addresses[?(@.type==\"InternalIP\")].address}");
    String authority = kubectl.get("configmap", "kube-root-ca.crt").at("/data/ca.crt").asString("");
    return cluster.statusSeenBy(
        asker, "https://%s:10250/%s".formatted(address, path), authority, token);
  }

  private JsonNode summaryOf(String pod) {
    return JSON.readTree(node("stats/summary"))
        .path("pods")
        .valueStream()
        .filter(each -> each.at("/podRef/name").asString("").equals(pod))
        .findFirst()
        .orElseGet(JSON::createObjectNode);
  }

  private String node(String path) {
    return kubectl.ok("get", "--raw", "/api/v1/nodes/node1/proxy/" + path);
  }
}
