package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import dev.navarch.node.cri.Cri;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.host.ProcessId;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Agent and runtime are killed at random moments while pods come and go: afterwards the node holds
/// what the API says, nothing ran twice, nothing was lost, nothing stays behind. Three kills each,
/// or `-Dnavarch.kills=N`; `-Dnavarch.kills.seed=N` repeats a run's choices.
@RealClusterTest
@Tag("slow")
class KillsTest {
  private static final int KILLS = Integer.getInteger("navarch.kills", 3);
  private static final int LATEST_MILLIS = 4000;
  private static final int LATEST_RESTART_MILLIS = 2500;
  private static final Duration SETTLE = Duration.ofMinutes(2);
  private static final String NODE = "node1";

  private final RealCluster cluster;
  private final Cri runtime;

  KillsTest(RealCluster cluster) {
    this.cluster = cluster;
    this.runtime = cluster.runtime(NODE);
  }

  @AfterAll
  void end() {
    runtime.close();
  }

  @Test
  void agentIsKilled() {
    List<String> argv = RealCluster.commandLine(cluster.agent(NODE));
    kill(
        "killed-agents",
        () -> {
          killAgent();
          cluster.startAgent(NODE, argv);
        });
  }

  private void killAgent() {
    ProcessId agent = cluster.agent(NODE);
    assertThat(agent.isAlive())
        .as(() -> "the agent runs until it is killed; its log:\n" + cluster.log(NODE))
        .isTrue();
    RealCluster.kill(agent);
  }

  /// Its agent starts it again.
  @Test
  void runtimeIsKilled() {
    kill("killed-runtimes", this::killRuntime);
  }

  private void killRuntime() {
    ProcessId runtime = cluster.containerd(NODE);
    if (runtime.isAlive()) {
      RealCluster.kill(runtime);
    }
  }

  /// The agent is killed while it starts the runtime again: the next one must not start a second.
  @Test
  void bothAreKilled() {
    List<String> argv = RealCluster.commandLine(cluster.agent(NODE));
    Random moments = new Random();
    kill(
        "killed-both",
        () -> {
          killRuntime();
          pause(moments.nextInt(LATEST_RESTART_MILLIS));
          killAgent();
          cluster.startAgent(NODE, argv);
        });
    assertThat(cluster.containerds(NODE)).isEqualTo(1);
  }

  private void kill(String namespace, Runnable death) {
    long seed = Long.getLong("navarch.kills.seed", new Random().nextLong());
    String run = "%d kills, seed %d".formatted(KILLS, seed);
    System.out.println(namespace + ": " + run);
    Kubectl kubectl = cluster.kubectl(namespace);
    kubectl.ok("create", "secret", "generic", "hidden", "--from-literal=a=b");
    Random moments = new Random(seed);
    Map<String, String> mustStillRun;
    try (var churn = new Churn(cluster.api(), namespace, NODE, moments.nextLong())) {
      for (int kill = 0; kill < KILLS; kill++) {
        pause(moments.nextInt(LATEST_MILLIS));
        death.run();
        assertNothingRunsTwice(run + ", after kill " + kill);
      }
      churn.close();
      mustStillRun = churn.mustStillRun();
      System.out.printf("%s: %d pods came and went%n", namespace, churn.made());
    }
    assertNodeIsAsTheApiSays(run);
    assertThat(containers(namespace)).as(run).containsAllEntriesOf(mustStillRun);
    kubectl.ok("delete", "namespace", namespace, "--wait=false");
    await().atMost(SETTLE).until(() -> pods(namespace).isEmpty());
    assertNodeIsAsTheApiSays(run + ", when all pods were deleted");
  }

  private void assertNothingRunsTwice(String when) {
    try {
      assertThat(state().runningTwice()).as(when).isEmpty();
    } catch (CriException away) {
      // it was just killed; the next look sees the same containers
    }
  }

  private void assertNodeIsAsTheApiSays(String when) {
    await(when)
        .atMost(SETTLE)
        .pollInterval(Duration.ofMillis(500))
        .ignoreException(CriException.class)
        .untilAsserted(
            () -> assertThat(state().differences(cluster.podsOn(NODE))).as(when).isEmpty());
  }

  private NodeState state() {
    return NodeState.of(cluster, NODE, runtime);
  }

  private List<Pod> pods(String namespace) {
    return cluster.api().list(Resource.of(Pod.class), Cluster.ListOptions.in(namespace)).items();
  }

  private Map<String, String> containers(String namespace) {
    Map<String, String> ids = new TreeMap<>();
    for (Pod pod : pods(namespace)) {
      pod.getStatus().getContainerStatuses().stream()
          .findFirst()
          .map(ContainerStatus::getContainerID)
          .ifPresent(id -> ids.put(pod.getMetadata().getName(), id));
    }
    return ids;
  }

  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
