package dev.navarch.node.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.settings.KubeletSettings;
import dev.navarch.node.shutdown.Tiers.Tier;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which pods end when the machine goes down, in which order, and what is held meanwhile.
class GracefulShutdownTest {
  private static final Tiers TIERS =
      new Tiers(
          List.of(
              new Tier(2_000_000_000, Duration.ofSeconds(10)),
              new Tier(0, Duration.ofSeconds(20)),
              new Tier(1000, Duration.ofSeconds(5))));

  private final FakeInhibitor inhibitor = new FakeInhibitor();
  private final FakeGround ground = new FakeGround();
  private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final GracefulShutdown shutdown =
      new GracefulShutdown(TIERS, inhibitor, ground, () -> now);

  private static final class FakeInhibitor implements Inhibitor {
    private final BlockingQueue<Boolean> signals = new LinkedBlockingQueue<>();
    private volatile boolean held;
    private volatile Duration asked = Duration.ZERO;

    @Override
    public void hold(Duration atLeast) {
      held = true;
      asked = atLeast;
    }

    @Override
    public void release() {
      held = false;
    }

    @Override
    public void listen(Consumer<Boolean> listener) throws InterruptedException {
      while (true) {
        listener.accept(signals.take());
      }
    }
  }

  private static final class FakeGround implements GracefulShutdown.Ground {
    private final List<Pod> pods = new CopyOnWriteArrayList<>();
    private final List<String> ends = new CopyOnWriteArrayList<>();
    private final Set<String> ended = ConcurrentHashMap.newKeySet();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    @Override
    public List<Pod> pods() {
      return pods;
    }

    @Override
    public void end(Pod pod, String message, Duration grace) {
      assertThat(message).isEqualTo("Pod was terminated in response to imminent node shutdown.");
      ends.add(pod.getMetadata().getName() + " " + grace.toSeconds());
    }

    @Override
    public boolean hasEnded(Pod pod) {
      return ended.contains(pod.getMetadata().getName());
    }

    @Override
    public void goingDown(boolean going) {
      closed = going;
    }

    @Override
    public void tell(String message) {
      told.add(message);
    }
  }

  @AfterEach
  void close() {
    shutdown.close();
  }

  @Test
  void lessImportantPodsEndFirstAndTheMachineWaits() {
    pod("low", -5, 30);
    pod("plain", 0, 3);
    pod("middle", 1500, 30);
    pod("critical", 2_000_001_000, 30);
    shutdown.begin();
    await().until(() -> inhibitor.held);
    assertThat(inhibitor.asked).hasSeconds(35);
    inhibitor.signals.add(true);
    await().until(() -> ground.ends.size() == 2);
    assertThat(ground.ends).containsExactly("low 20", "plain 3");
    assertThat(ground.closed).isTrue();
    assertThat(ground.told).containsExactly("Shutdown manager detected shutdown event");
    ground.ended.addAll(Set.of("low", "plain"));
    await().until(() -> ground.ends.contains("middle 5"));
    assertThat(ground.ends).doesNotContain("critical 10");
    now = now.plusSeconds(6);
    await().until(() -> ground.ends.contains("critical 10"));
    assertThat(inhibitor.held).isTrue();
    ground.ended.add("critical");
    await().until(() -> !inhibitor.held);
  }

  @Test
  void aTierWithoutPodsIsNotWaitedFor() {
    pod("critical", 2_000_000_000, 30);
    shutdown.begin();
    inhibitor.signals.add(true);
    await().until(() -> ground.ends.equals(List.of("critical 10")));
  }

  @Test
  void aShutdownThatIsCalledOffOpensTheNodeAgain() {
    pod("plain", 0, 30);
    pod("middle", 1000, 30);
    shutdown.begin();
    inhibitor.signals.add(true);
    await().until(() -> ground.ends.size() == 1);
    inhibitor.signals.add(false);
    await().until(() -> !ground.closed);
    assertThat(ground.told).contains("Shutdown manager detected shutdown cancellation");
    assertThat(inhibitor.held).isTrue();
    ground.ended.add("plain");
    inhibitor.signals.add(true);
    await().until(() -> ground.ends.contains("middle 5"));
    assertThat(ground.ends).containsExactly("plain 20", "middle 5");
  }

  @Test
  void periodsOfAllAndOfCriticalPodsAreTwoTiers() {
    var settings =
        KubeletSettings.defaults()
            .with("shutdownGracePeriod", "30s")
            .with("shutdownGracePeriodCriticalPods", "10s");
    assertThat(Tiers.of(settings).all())
        .containsExactly(
            new Tier(0, Duration.ofSeconds(20)), new Tier(2_000_000_000, Duration.ofSeconds(10)));
    assertThat(Tiers.of(KubeletSettings.defaults()).isEmpty()).isTrue();
  }

  private void pod(String name, int priority, long grace) {
    ground.pods.add(
        new PodBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withNewSpec()
            .withPriority(priority)
            .withTerminationGracePeriodSeconds(grace)
            .endSpec()
            .build());
  }
}
