package dev.navarch.node.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.node.cri.v1.ContainerAttributes;
import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.ContainerStats;
import dev.navarch.node.cri.v1.CpuUsage;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.cri.v1.UInt64Value;
import dev.navarch.node.pods.FakeRuntime;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/// One container that was made in the first second of all time.
class UsageSamplerTest {
  private final FakeRuntime runtime = new FakeRuntime();
  private final String id =
      runtime.createContainer(
          "sandbox", ContainerConfig.getDefaultInstance(), PodSandboxConfig.getDefaultInstance());
  private Instant now = Instant.EPOCH;
  private final UsageSampler sampler = new UsageSampler(runtime, () -> now, Path.of("/proc"));

  @Test
  void aNewContainerSpendsWhatItSpentSinceItsStart() {
    Usage usage = look(5, 2);
    assertThat(usage.started().get(id)).isEqualTo(Instant.ofEpochSecond(1));
    assertThat(usage.spending(runtime.stats.getFirst())).isEqualTo(500_000_000);
    assertThat(usage.machineSpending()).isNull();
  }

  @Test
  void whoAsksAfterAWhileGetsTheRateUpToNow() {
    Usage first = look(5, 2);
    assertThat(look(9, 3)).isSameAs(first);
    Usage second = look(15, 12);
    assertThat(second.spending(runtime.stats.getFirst())).isEqualTo(1_000_000_000);
    assertThat(second.machineSpending()).isNotNull();
  }

  private Usage look(int seconds, int spent) {
    now = Instant.ofEpochSecond(seconds);
    runtime.stats =
        List.of(
            ContainerStats.newBuilder()
                .setAttributes(ContainerAttributes.newBuilder().setId(id))
                .setCpu(
                    CpuUsage.newBuilder()
                        .setTimestamp(seconds * 1_000_000_000L)
                        .setUsageCoreNanoSeconds(
                            UInt64Value.newBuilder().setValue(spent * 1_000_000_000L)))
                .build());
    return sampler.latest();
  }
}
