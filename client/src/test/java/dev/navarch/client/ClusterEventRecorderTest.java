package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiError;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterEventRecorderTest {
  private final SimulatedClock clock = new SimulatedClock();
  private final SimulatedCluster cluster = new SimulatedCluster(clock);
  private final ClusterEventRecorder recorder =
      new ClusterEventRecorder(cluster, "kubelet", "node-1", clock, new Random(1));
  private final Pod pod =
      new PodBuilder()
          .withNewMetadata()
          .withNamespace("default")
          .withName("web")
          .withUid("u")
          .endMetadata()
          .build();

  @AfterEach
  void stop() {
    recorder.close();
  }

  @Test
  void countsTheSameEvent() {
    recorder.normal(pod, "Pulled", "Image is present");
    clock.advance(Duration.ofSeconds(7));
    recorder.normal(pod, "Pulled", "Image is present");

    await().until(() -> cluster.all(Event.class).stream().anyMatch(event -> event.getCount() == 2));
    Event event = cluster.all(Event.class).getFirst();
    assertThat(cluster.all(Event.class)).hasSize(1);
    assertThat(event.getFirstTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(event.getLastTimestamp()).isEqualTo("2026-01-01T00:00:07Z");
    assertThat(event.getSource().getComponent()).isEqualTo("kubelet");
    assertThat(event.getSource().getHost()).isEqualTo("node-1");
    assertThat(event.getInvolvedObject().getName()).isEqualTo("web");
  }

  @Test
  void combinesManySimilarEvents() {
    for (int i = 0; i < 15; i++) {
      recorder.as("other").warning(pod, "Failed", "attempt " + i);
    }

    await().until(() -> cluster.all(Event.class).stream().anyMatch(event -> event.getCount() == 6));
    assertThat(cluster.all(Event.class)).hasSize(10);
    assertThat(cluster.all(Event.class).stream().map(Event::getMessage))
        .contains("attempt 8", "(combined from similar events): attempt 14");
  }

  @Test
  void hearsAnObjectThatNeverStopsOnlySoOften() {
    for (int i = 0; i < 100; i++) {
      recorder.normal(pod, "Same", "again");
    }
    recorder.normal(other(), "Last", "last");

    await().until(() -> cluster.all(Event.class).size() == 2);
    assertThat(cluster.all(Event.class).stream().map(Event::getCount))
        .containsExactlyInAnyOrder(25, 1);
  }

  @Test
  void writesWhenTheServerIsBack() {
    cluster.fail("create", "events", new ApiError.Unavailable("away"));
    recorder.normal(pod, "Pulled", "Image is present");
    cluster.heal();

    await().until(() -> cluster.all(Event.class).size() == 1);
  }

  private static Pod other() {
    return new PodBuilder().withNewMetadata().withName("other").endMetadata().build();
  }
}
