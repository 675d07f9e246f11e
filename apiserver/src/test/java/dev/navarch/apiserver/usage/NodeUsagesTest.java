package dev.navarch.apiserver.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Json;
import dev.navarch.apiserver.usage.NodeUsage.PodName;
import dev.navarch.apiserver.usage.NodeUsage.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// One node with one container, which spends what the test says.
class NodeUsagesTest {
  private static final Instant START = Instant.parse("2030-01-02T03:04:05Z");

  private Instant now = START;
  private Instant measured = START;
  private long spentMillis;
  private int asked;
  private final NodeUsages usages = new NodeUsages(node -> summary(), () -> now);

  @Test
  void aNewContainerHasTheRateSinceItsStart() {
    look(4, 2000);
    assertThat(usage().window()).isEqualTo(Duration.ofSeconds(4));
    assertThat(usage().nanoCores()).isEqualTo(7);
  }

  @Test
  void whoAsksOftenGetsTheRateSinceTheyLastAsked() {
    look(20, 1000);
    assertThat(usage().window()).isEqualTo(Duration.ofSeconds(15));
    look(26, 4000);
    assertThat(usage().window()).isEqualTo(Duration.ofSeconds(6));
    assertThat(usage().nanoCores()).isEqualTo(500_000_000);
  }

  @Test
  void whatIsNewsToNobodyIsNotAskedAgain() {
    look(20, 1000);
    usage();
    now = now.plusSeconds(4);
    usage();
    assertThat(asked).isEqualTo(1);
    now = now.plusSeconds(2);
    assertThat(usage().at()).isEqualTo(measured);
    assertThat(asked).isEqualTo(2);
  }

  @Test
  void aContainerThatBeganAnewHasNoRateSinceBefore() {
    look(20, 4000);
    usage();
    look(26, 100);
    assertThat(usage().nanoCores()).isEqualTo(7);
  }

  private void look(int seconds, long millis) {
    now = START.plusSeconds(seconds);
    measured = now;
    spentMillis = millis;
  }

  private Usage usage() {
    NodeUsage node = usages.of(List.of("node-1")).getOrDefault("node-1", NodeUsage.UNKNOWN);
    return node.containers()
        .getOrDefault(new PodName("default", "web"), List.of())
        .getFirst()
        .usage();
  }

  private ObjectNode summary() {
    asked++;
    ObjectNode summary = Json.object();
    ObjectNode pod = summary.putArray("pods").addObject();
    pod.putObject("podRef").put("namespace", "default").put("name", "web");
    ObjectNode container = pod.putArray("containers").addObject();
    container.put("name", "main").put("startTime", START.toString());
    container
        .putObject("cpu")
        .put("time", measured.toString())
        .put("usageNanoCores", 7)
        .put("usageCoreNanoSeconds", spentMillis * 1_000_000);
    container.putObject("memory").put("workingSetBytes", 4096);
    return summary;
  }
}
