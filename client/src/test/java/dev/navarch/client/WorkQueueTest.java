package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WorkQueueTest {
  private final SimulatedClock clock = new SimulatedClock();
  private final CountingMetrics metrics = new CountingMetrics();
  private final WorkQueue<String> queue = new WorkQueue<>("test", clock, metrics);

  @Test
  void holdsAKeyOnce() {
    queue.add("a");
    queue.add("b");
    queue.add("a");

    assertThat(queue.poll()).contains("a");
    assertThat(queue.poll()).contains("b");
    assertThat(queue.poll()).isEmpty();
    assertThat(metrics.value("workqueue_adds_total", "test")).isEqualTo(2);
  }

  @Test
  void handsAKeyOutAgainOnlyWhenTheWorkOnItIsDone() {
    queue.add("a");
    queue.poll();
    queue.add("a");

    assertThat(queue.poll()).isEmpty();
    queue.done("a");
    assertThat(queue.poll()).contains("a");
  }

  @Test
  void delaysUntilTheEarliestTimeAskedFor() {
    queue.addAfter("a", Duration.ofSeconds(10));
    queue.addAfter("a", Duration.ofSeconds(5));
    queue.addAfter("a", Duration.ofSeconds(20));

    clock.advance(Duration.ofSeconds(4));
    assertThat(queue.poll()).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    assertThat(queue.poll()).contains("a");
    queue.done("a");
    clock.advance(Duration.ofSeconds(60));
    assertThat(queue.poll()).isEmpty();
  }

  @Test
  void doublesTheTimeBetweenRetries() {
    for (int failure = 0; failure < 17; failure++) {
      queue.retry("a");
      Duration wait = Duration.ofMillis(5).multipliedBy(1L << failure);
      clock.advance(wait.minusMillis(1));
      assertThat(queue.poll()).isEmpty();
      clock.advance(Duration.ofMillis(1));
      assertThat(queue.poll()).contains("a");
      queue.done("a");
    }
    assertThat(queue.failures("a")).isEqualTo(17);

    for (int failure = 17; failure < 40; failure++) {
      queue.retry("a");
      clock.advance(Duration.ofSeconds(1000));
      assertThat(queue.poll()).contains("a");
      queue.done("a");
    }
    queue.forget("a");
    queue.retry("a");
    clock.advance(Duration.ofMillis(5));
    assertThat(queue.poll()).contains("a");
  }

  @Test
  void endsWhenShutDown() throws InterruptedException {
    queue.add("a");
    queue.shutDown();
    queue.add("b");

    assertThat(queue.take()).contains("a");
    assertThat(queue.take()).isEmpty();
  }
}
