package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreemptionTest {

  /// A pod by its name: class of service, millicores, mebibytes.
  private static Pod pod(String stated) {
    String[] parts = stated.split("-");
    ContainerBuilder container = new ContainerBuilder().withName("c");
    if (!parts[0].equals("b")) {
      var amounts =
          Map.of("cpu", new Quantity(parts[1] + "m"), "memory", new Quantity(parts[2] + "Mi"));
      container
          .withNewResources()
          .withRequests(amounts)
          .withLimits(parts[0].equals("g") ? amounts : Map.of())
          .endResources();
    }
    Container one = container.build();
    return new PodBuilder()
        .withNewMetadata()
        .withName(stated)
        .endMetadata()
        .withNewSpec()
        .withContainers(one)
        .endSpec()
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "u-100-10 u-500-10 u-600-10,       500,  u-500-10",
    "u-100-10 u-500-20 u-600-10,       500,  u-600-10",
    "u-100-10 u-200-10 u-300-10,       450,  u-300-10 u-200-10",
    "g-100-10 u-900-10 b-0-0,          100,  u-900-10",
    "g-500-10 g-900-10 u-300-10,       700,  g-500-10 u-300-10",
    "g-500-10 g-400-10 u-300-10 b-0-0, 700,  g-400-10 u-300-10"
  })
  void asFewAndAsCheapAsCanBeGo(String running, long missing, String victims) {
    List<Pod> pods = Arrays.stream(running.split(" ")).map(PreemptionTest::pod).toList();
    assertThat(Preemption.victims(pods, Map.of("cpu", missing)))
        .extracting(pod -> pod.getMetadata().getName())
        .containsExactlyInAnyOrder(victims.split(" "));
  }

  @Test
  void aPlaceIsMadeByABestEffortPod() {
    List<Pod> pods = List.of(pod("g-100-10"), pod("u-100-10"), pod("b-0-0"));
    assertThat(Preemption.victims(pods, Map.of("pods", 1L))).containsExactly(pods.getLast());
  }

  @Test
  void criticalPodsGoOnlyForThoseThatMatterMore() {
    Pod ordinary = pod("u-100-10");
    Pod cluster = pod("u-200-10");
    cluster.getSpec().setPriority(2_000_000_000);
    Pod node = pod("u-300-10");
    node.getSpec().setPriority(2_000_001_000);
    List<Pod> all = List.of(ordinary, cluster, node);
    assertThat(Preemption.preemptable(node, all)).containsExactly(ordinary, cluster);
    assertThat(Preemption.preemptable(cluster, all)).containsExactly(ordinary);
  }
}
