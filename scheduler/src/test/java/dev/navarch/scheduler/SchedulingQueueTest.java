package dev.navarch.scheduler;

import static dev.navarch.scheduler.Situation.pod;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.SimulatedClock;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulingQueueTest {
  private static final Set<ClusterEvent> ON_REMOVAL = Set.of(ClusterEvent.POD_REMOVED);

  private final SimulatedClock clock = new SimulatedClock();
  private final SchedulingQueue queue = new SchedulingQueue(clock);

  @Test
  void theMoreImportantFirstThenTheOlder() {
    queue.put(pod("old", "1", 0));
    queue.put(pod("older-by-number", "1", 0));
    clock.advance(Duration.ofSeconds(1));
    queue.put(pod("young", "1", 0));
    queue.put(pod("important", "1", 1000));

    assertThat(next()).isEqualTo("important");
    assertThat(next()).isEqualTo("old");
    assertThat(next()).isEqualTo("older-by-number");
    assertThat(next()).isEqualTo("young");
    assertThat(next()).isEmpty();
  }

  @Test
  void anUnschedulablePodWaitsForItsEvent() {
    fail(pod("p"));
    clock.advance(Duration.ofMinutes(1));

    queue.happened(ClusterEvent.NODE_LABELS_CHANGED);
    assertThat(next()).isEmpty();

    queue.happened(ClusterEvent.POD_REMOVED);
    assertThat(next()).isEqualTo("p");
  }

  @Test
  void theRestCountsFromTheFailure() {
    fail(pod("p"));
    clock.advance(Duration.ofMillis(900));
    queue.happened(ClusterEvent.POD_REMOVED);

    assertThat(next()).isEmpty();
    assertThat(queue.nextWake()).contains(clock.instant().plusMillis(100));
    clock.advance(Duration.ofMillis(100));
    assertThat(next()).isEqualTo("p");
  }

  @Test
  void nobodyWaitsLongerThanFiveMinutes() {
    fail(pod("p"));

    clock.advance(Duration.ofMinutes(5));

    assertThat(next()).isEqualTo("p");
  }

  @Test
  void aPodThatAsksForSomethingElseIsTriedAgain() {
    fail(pod("p", "9", 0));

    queue.put(pod("p", "9", 0));
    clock.advance(Duration.ofSeconds(1));
    assertThat(next()).isEmpty();

    queue.put(pod("p", "1", 0));
    assertThat(next()).isEqualTo("p");
  }

  @Test
  void aFailureOfAnotherKindRests() {
    queue.put(pod("p"));
    next();
    queue.retryLater(pod("p"));

    assertThat(next()).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    assertThat(next()).isEqualTo("p");
  }

  @Test
  void removedPodsAreForgotten() {
    queue.put(pod("a"));
    fail(pod("b"));
    queue.remove("a");
    queue.remove("b");
    queue.unschedulable(pod("b"), ON_REMOVAL);

    clock.advance(Duration.ofHours(1));
    assertThat(next()).isEmpty();
    assertThat(queue.size()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "3, 4", "4, 8", "5, 10", "90, 10"})
  void backoffDoubles(int attempts, int seconds) {
    assertThat(SchedulingQueue.backoff(attempts)).hasSeconds(seconds);
  }

  private void fail(PodView pod) {
    queue.put(pod);
    next();
    queue.unschedulable(pod, ON_REMOVAL);
  }

  private String next() {
    return queue.next().map(PodView::name).orElse("");
  }
}
