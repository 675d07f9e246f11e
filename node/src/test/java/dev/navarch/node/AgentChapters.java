package dev.navarch.node;

import static dev.navarch.node.RealNode.PATIENCE;
import static dev.navarch.node.RealNode.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/// What a real node's agent tells of itself, answers, survives and clears away.
final class AgentChapters {
  private final RealNode node;

  AgentChapters(RealNode node) {
    this.node = node;
  }

  void nodeIsReady() {
    node.step("node is Ready");
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              Node told = node.cluster.all(Node.class).getFirst();
              assertThat(told.getStatus().getConditions())
                  .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
              assertThat(told.getStatus().getNodeInfo().getContainerRuntimeVersion())
                  .startsWith("containerd://");
            });
  }

  void kubeletApi() throws Exception {
    node.step("logs and exec through the kubelet's API");
    Pod pod =
        node.create(
            node.pod("talking")
                .editSpec()
                .withContainers(
                    container("main", "echo first; echo second; exec sleep 1000").build())
                .endSpec()
                .build());
    node.awaitReady("talking");
    try (var client = new KubeletClient(node.certificates)) {
      assertThat(client.get("/healthz")).isEqualTo("ok");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(client.get("/containerLogs/default/talking/main"))
                      .isEqualTo("first\nsecond\n"));
      assertThat(client.get("/containerLogs/default/talking/main?tailLines=1"))
          .isEqualTo("second\n");
      assertThat(client.get("/pods")).contains("\"talking\"");
      assertThat(
              client.exec(
                  "/exec/default/talking/main?command=cat&input=1&output=1&error=1", "through\n"))
          .isEqualTo("through\n");
      assertThat(client.get("/stats/summary")).contains("usageCoreNanoSeconds");
      node.step("nobody unknown gets anything of a node");
      String exec = "/exec/default/talking/main?command=id&output=1";
      assertThat(client.execAnonymously(exec)).contains(" 401 ");
      assertThat(client.anonymously("GET", exec)).isEqualTo(401);
      assertThat(client.anonymously("POST", exec)).isEqualTo(401);
      assertThat(client.anonymously("POST", "/run/default/talking/main?cmd=id")).isEqualTo(401);
      assertThat(client.anonymously("POST", "/attach/default/talking/main")).isEqualTo(401);
      assertThat(client.anonymously("GET", "/pods")).isEqualTo(401);
      assertThat(client.anonymously("GET", "/containerLogs/default/talking/main")).isEqualTo(401);
    }
    assertThat(pod.getMetadata().getUid()).isNotEmpty();
  }

  void restartedAgentFindsItsPods() throws Exception {
    node.step("an agent that starts anew finds its pods, and restarts none");
    Map<String, Integer> before = restarts();
    String id = node.get("web").getStatus().getContainerStatuses().getFirst().getContainerID();
    node.stopAgent();
    node.cluster.given(
        node.pod("late")
            .editMetadata()
            .withUid("uid-late")
            .endMetadata()
            .editSpec()
            .withContainers(container("main", "exec sleep 1000").build())
            .endSpec()
            .build());
    node.restartAgent();
    node.awaitReady("late");
    assertThat(node.get("web").getStatus().getContainerStatuses().getFirst().getContainerID())
        .isEqualTo(id);
    assertThat(node.isReady("web")).isTrue();
    before.remove("failing");
    assertThat(restarts()).containsAllEntriesOf(before);
  }

  void deletionLeavesNothing() {
    node.step("deletion leaves nothing");
    long started = System.nanoTime();
    node.cluster.all(Pod.class).forEach(node::delete);
    await().atMost(Duration.ofSeconds(60)).until(() -> node.cluster.all(Pod.class).isEmpty());
    System.out.printf("  gone after %d ms%n", (System.nanoTime() - started) / 1_000_000);
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(node.cri.sandboxes("")).isEmpty();
              assertThat(node.cri.containers("")).isEmpty();
              try (Stream<Path> left = Files.list(node.dir.resolve("data/pods"))) {
                assertThat(left).isEmpty();
              }
            });
  }

  private Map<String, Integer> restarts() {
    var restarts = new java.util.TreeMap<String, Integer>();
    node.cluster
        .all(Pod.class)
        .forEach(
            pod ->
                restarts.put(
                    pod.getMetadata().getName(),
                    pod.getStatus().getContainerStatuses().getFirst().getRestartCount()));
    return restarts;
  }
}
