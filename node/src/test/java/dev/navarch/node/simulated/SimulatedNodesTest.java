package dev.navarch.node.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.Cluster;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.SimulatedCluster;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SimulatedNodesTest {
  private final InstantSource clock = InstantSource.system();
  private final SimulatedCluster cluster = new SimulatedCluster(clock);
  private final ClusterInformers informers = new ClusterInformers(cluster, new Random(1));
  private SimulatedNodes nodes = new SimulatedNodes(0, informers, cluster, clock);

  @AfterEach
  void stop() {
    nodes.close();
    informers.close();
  }

  @Test
  void registersReadyNodesWithLeases() throws InterruptedException {
    start(3);

    await().until(() -> cluster.all(Lease.class).size() == 3);
    assertThat(cluster.all(Node.class))
        .extracting(node -> node.getMetadata().getName())
        .containsExactly("simulated-1", "simulated-2", "simulated-3");
    Node node = cluster.find(Node.class, "", "simulated-2").orElseThrow();
    assertThat(node.getMetadata().getLabels())
        .containsEntry("type", "simulated")
        .containsEntry("kubernetes.io/hostname", "simulated-2");
    assertThat(node.getStatus().getAllocatable())
        .containsEntry("cpu", new Quantity("32"))
        .containsEntry("memory", new Quantity("256Gi"))
        .containsEntry("pods", new Quantity("110"));
    assertThat(node.getStatus().getNodeInfo().getKubeletVersion())
        .isEqualTo("v1.36.4+navarch-0.1.0");
    assertThat(node.getStatus().getNodeInfo().getContainerRuntimeVersion())
        .isEqualTo("simulated://1");
    assertThat(node.getStatus().getConditions())
        .anyMatch(one -> one.getType().equals("Ready") && one.getStatus().equals("True"));
  }

  @Test
  void podsAreReadyAtOnceWithAddressesOfTheirNode() throws InterruptedException {
    givenNode("simulated-1", "10.40.7.0/24");
    start(1);
    cluster.given(pod("a").build());
    cluster.given(pod("b").build());

    await().until(() -> phase("a").equals("Running") && phase("b").equals("Running"));
    assertThat(List.of(status("a").getPodIP(), status("b").getPodIP()))
        .containsExactlyInAnyOrder("10.40.7.2", "10.40.7.3");
    assertThat(status("a").getStartTime()).isNotNull();
    assertThat(status("a").getContainerStatuses())
        .singleElement()
        .satisfies(
            container -> {
              assertThat(container.getReady()).isTrue();
              assertThat(container.getState().getRunning()).isNotNull();
            });
    assertThat(status("a").getConditions())
        .filteredOn(one -> one.getStatus().equals("True"))
        .extracting(one -> one.getType())
        .contains("Initialized", "Ready", "ContainersReady");
  }

  @Test
  void aNodeWithoutARangeStillRunsPods() throws InterruptedException {
    start(1);
    cluster.given(pod("a").build());

    await().until(() -> phase("a").equals("Running"));
    assertThat(status("a").getPodIP()).isEqualTo("100.64.1.2");
  }

  @Test
  void podsOfOthersAreLeftAlone() throws InterruptedException {
    givenNode("simulated-1", "10.40.7.0/24");
    start(1);
    cluster.given(pod("foreign").editSpec().withNodeName("node-1").endSpec().build());
    cluster.given(pod("a").build());

    await().until(() -> phase("a").equals("Running"));
    assertThat(phase("foreign")).isEmpty();
  }

  @Test
  void deletionsAreFinished() throws InterruptedException {
    givenNode("simulated-1", "10.40.7.0/24");
    start(1);
    cluster.given(pod("a").build());
    await().until(() -> phase("a").equals("Running"));

    cluster.delete(Resource.of(Pod.class), new Key("default", "a"), Cluster.DeleteOptions.DEFAULT);

    await().until(() -> cluster.find(Pod.class, "default", "a").isEmpty());
  }

  @Test
  void aJobsPodCompletesWhenItsTimeIsOver() throws InterruptedException {
    givenNode("simulated-1", "10.40.7.0/24");
    start(1);
    cluster.given(timed("quick", "Never", "10ms"));
    cluster.given(timed("endless", "Always", "10ms"));

    await().until(() -> phase("quick").equals("Succeeded"));
    assertThat(status("quick").getContainerStatuses().getFirst().getState().getTerminated())
        .extracting(ended -> ended.getExitCode())
        .isEqualTo(0);
    await().until(() -> phase("endless").equals("Running"));
  }

  @Test
  void aDurationThatIsNoneIsSaidSo() throws InterruptedException {
    givenNode("simulated-1", "10.40.7.0/24");
    start(1);
    cluster.given(timed("a", "Never", "soon"));

    await().until(() -> phase("a").equals("Failed"));
    assertThat(status("a").getMessage())
        .isEqualTo(
            "annotation navarch.dev/simulated-duration: found \"soon\","
                + " expected a duration such as 5s");
  }

  @Test
  @Timeout(30)
  void carriesManyPods() throws InterruptedException {
    for (int i = 1; i <= 50; i++) {
      givenNode("simulated-" + i, "10.40.%d.0/24".formatted(i));
    }
    start(50);
    for (int i = 0; i < 1000; i++) {
      cluster.given(
          pod("p" + i).editSpec().withNodeName("simulated-" + (1 + i % 50)).endSpec().build());
    }

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> cluster.all(Pod.class).stream().allMatch(SimulatedNodesTest::isRunning));
    assertThat(cluster.all(Pod.class))
        .extracting(pod -> pod.getStatus().getPodIP())
        .doesNotHaveDuplicates();
  }

  private void start(int count) throws InterruptedException {
    nodes = new SimulatedNodes(count, informers, cluster, clock);
    informers.start();
    informers.awaitSynced();
    nodes.start();
  }

  private void givenNode(String name, String range) {
    cluster.given(
        new NodeBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withNewSpec()
            .withPodCIDR(range)
            .endSpec()
            .build());
  }

  private static PodBuilder pod(String name) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNodeName("simulated-1")
        .addNewContainer()
        .withName("c")
        .withImage("example/web:1")
        .endContainer()
        .endSpec();
  }

  private static Pod timed(String name, String restartPolicy, String duration) {
    return pod(name)
        .editMetadata()
        .addToAnnotations(SimulatedPod.DURATION, duration)
        .endMetadata()
        .editSpec()
        .withRestartPolicy(restartPolicy)
        .endSpec()
        .build();
  }

  private PodStatus status(String name) {
    Pod pod = cluster.find(Pod.class, "default", name).orElseThrow();
    return pod.getStatus() == null ? new PodStatus() : pod.getStatus();
  }

  private String phase(String name) {
    String phase = status(name).getPhase();
    return phase == null ? "" : phase;
  }

  private static boolean isRunning(Pod pod) {
    return pod.getStatus() != null && "Running".equals(pod.getStatus().getPhase());
  }
}
