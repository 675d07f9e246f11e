package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountsTest {
  private static final long NODE_MEMORY = 1L << 30;

  @ParameterizedTest
  @CsvSource({
    "'', '', '', 1000",
    "256Mi, '', '', 750",
    "256Mi, 256Mi, '', -997",
    "'', '', system-node-critical, -997",
    "'', '', system-cluster-critical, 1000",
  })
  void whoIsNeededMostDiesLast(String request, String limit, String priorityClass, long score) {
    Pod pod =
        new PodBuilder()
            .withNewSpec()
            .withPriorityClassName(priorityClass)
            .addNewContainer()
            .withName("main")
            .withNewResources()
            .withRequests(amounts(request, limit.isEmpty() ? "" : "1"))
            .withLimits(amounts(limit, limit.isEmpty() ? "" : "1"))
            .endResources()
            .endContainer()
            .endSpec()
            .build();
    assertThat(Amounts.oomScore(pod, pod.getSpec().getContainers().getFirst(), NODE_MEMORY))
        .isEqualTo(score);
  }

  /// A part of what the pod asks for beyond its containers counts for each of them.
  @ParameterizedTest
  @CsvSource({
    "512Mi, '', '', BURSTABLE, 750",
    "512Mi, '', 256Mi, BURSTABLE, 625",
    "512Mi, 512Mi, '', GUARANTEED, -997",
    "512Mi, 512Mi, 256Mi, GUARANTEED, -997",
    "'', '', 256Mi, BURSTABLE, 750",
  })
  void whatThePodStatesAsAWholeDecides(
      String request, String limit, String own, Amounts.Qos qos, long score) {
    Pod pod =
        new PodBuilder()
            .withNewSpec()
            .withNewResources()
            .withRequests(amounts(request, limit.isEmpty() ? "" : "1"))
            .withLimits(amounts(limit, limit.isEmpty() ? "" : "1"))
            .endResources()
            .addNewContainer()
            .withName("main")
            .withNewResources()
            .withRequests(amounts(own, ""))
            .endResources()
            .endContainer()
            .addNewContainer()
            .withName("beside")
            .endContainer()
            .endSpec()
            .build();
    assertThat(Amounts.Qos.of(pod)).isEqualTo(qos);
    assertThat(Amounts.oomScore(pod, pod.getSpec().getContainers().getFirst(), NODE_MEMORY))
        .isEqualTo(score);
  }

  private static Map<String, Quantity> amounts(String memory, String cpu) {
    return memory.isEmpty()
        ? Map.of()
        : cpu.isEmpty()
            ? Map.of("memory", new Quantity(memory))
            : Map.of("memory", new Quantity(memory), "cpu", new Quantity(cpu));
  }
}
