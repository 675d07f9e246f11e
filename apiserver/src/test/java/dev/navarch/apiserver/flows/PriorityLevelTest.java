package dev.navarch.apiserver.flows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.apiserver.auth.Deadline;
import dev.navarch.apiserver.flows.FlowMetrics.Series;
import dev.navarch.apiserver.flows.LevelSettings.Queuing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How requests get the seats of their priority level, wait for them, or are refused.
final class PriorityLevelTest {
  private final Seats seats = new Seats(10);
  private final List<String> refused = Collections.synchronizedList(new ArrayList<>());
  private final List<String> ran = Collections.synchronizedList(new ArrayList<>());
  private final List<Thread> threads = new ArrayList<>();
  private final List<CountDownLatch> open = new ArrayList<>();

  private final Series series =
      new Series() {
        @Override
        public void queued() {}

        @Override
        public void unqueued() {}

        @Override
        public void began(int seats, Duration waited) {}

        @Override
        public void ended(int seats) {}

        @Override
        public void refused(String reason, Duration waited) {
          refused.add(reason);
        }
      };

  @AfterEach
  void end() throws InterruptedException {
    open.forEach(CountDownLatch::countDown);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static LevelSettings limited(String name, int shares, Optional<Queuing> queuing) {
    return new LevelSettings(name, name, false, shares, 0, OptionalInt.of(0), queuing);
  }

  private static LevelSettings lending(String name, int shares, int lendable) {
    return new LevelSettings(
        name, name, false, shares, lendable, OptionalInt.empty(), Optional.empty());
  }

  private static Optional<Queuing> queues(int queues, int hand, int length) {
    return Optional.of(new Queuing(queues, hand, length));
  }

  private PriorityLevel level(LevelSettings settings) {
    return named(settings.name(), seats.divide(List.of(settings)));
  }

  private static PriorityLevel named(String name, Map<String, PriorityLevel> levels) {
    return Objects.requireNonNull(levels.get(name));
  }

  /// A request that keeps its seat until it is let go.
  private CountDownLatch hold(PriorityLevel level, int flow) {
    int before = level.executing();
    CountDownLatch end = start(level, flow, "held");
    await().until(() -> level.executing() == before + 1);
    return end;
  }

  private CountDownLatch start(PriorityLevel level, int flow, String name) {
    CountDownLatch end = new CountDownLatch(1);
    open.add(end);
    threads.add(
        Thread.ofVirtual()
            .start(
                () ->
                    level.run(
                        flow,
                        1,
                        series,
                        () -> {
                          ran.add(name);
                          try {
                            end.await();
                          } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                          }
                        })));
    return end;
  }

  private CountDownLatch queue(PriorityLevel level, int flow, String name) {
    int before = seats.waiting.get();
    CountDownLatch end = start(level, flow, name);
    await().until(() -> seats.waiting.get() == before + 1);
    end.countDown();
    return end;
  }

  private void isRefused(PriorityLevel level, int flow, String reason) {
    refused.clear();
    assertThatThrownBy(() -> level.run(flow, 1, series, () -> ran.add("refused")))
        .isInstanceOfSatisfying(
            ApiException.class,
            e ->
                assertThat(e.error())
                    .isEqualTo(
                        new ApiError.TooManyRequests(
                            "Too many requests, please try again later.", Duration.ofSeconds(1))));
    assertThat(refused).containsExactly(reason);
    assertThat(ran).doesNotContain("refused");
  }

  @Test
  void seatsAreDividedByShares() {
    Map<String, PriorityLevel> levels =
        seats.divide(List.of(limited("a", 3, Optional.empty()), limited("b", 1, Optional.empty())));
    for (int seat = 0; seat < 8; seat++) {
      hold(named("a", levels), 0);
    }
    isRefused(named("a", levels), 0, "concurrency-limit");
    named("b", levels).run(0, 1, series, () -> ran.add("other level"));
    assertThat(ran).contains("other level");
  }

  @Test
  void anExemptLevelHasNoEnd() {
    PriorityLevel exempt =
        level(
            new LevelSettings(
                "exempt", "exempt", true, 0, 0, OptionalInt.empty(), Optional.empty()));
    nested(exempt, 50);
    assertThat(ran).hasSize(50);
  }

  private void nested(PriorityLevel level, int depth) {
    if (depth > 0) {
      level.run(
          0,
          1,
          series,
          () -> {
            ran.add("nested");
            nested(level, depth - 1);
          });
    }
  }

  @Test
  void aFlowThatAsksForMuchWaitsLongerThanOthers() {
    PriorityLevel level = level(limited("a", 1, queues(64, 1, 50)));
    List<CountDownLatch> held = new ArrayList<>();
    for (int seat = 0; seat < 10; seat++) {
      held.add(hold(level, 0));
    }
    queue(level, 1, "greedy 1");
    queue(level, 1, "greedy 2");
    queue(level, 1, "greedy 3");
    queue(level, 2, "modest");
    ran.clear();

    held.getFirst().countDown();
    await().until(() -> ran.size() == 4);

    assertThat(ran).containsExactly("greedy 1", "modest", "greedy 2", "greedy 3");
  }

  @Test
  void whatTakesManySeatsWaitsForAllOfThemAndLetsNobodyPast() {
    PriorityLevel level = level(limited("a", 1, queues(64, 1, 50)));
    List<CountDownLatch> held = new ArrayList<>();
    for (int seat = 0; seat < 8; seat++) {
      held.add(hold(level, 0));
    }
    Thread wide = Thread.ofVirtual().start(() -> level.run(1, 4, series, () -> ran.add("wide")));
    threads.add(wide);
    await().until(() -> seats.waiting.get() == 1);
    queue(level, 2, "narrow");
    ran.clear();

    held.get(0).countDown();
    await().until(() -> level.executing() == 7);
    assertThat(ran).isEmpty();
    held.get(1).countDown();
    await().until(() -> ran.size() == 2);

    assertThat(ran).containsExactly("wide", "narrow");
  }

  @Test
  void whatNeedsMoreSeatsThanThereAreGetsAll() {
    PriorityLevel level = level(limited("a", 1, Optional.empty()));
    level.run(0, 20, series, () -> ran.add("all"));
    assertThat(ran).containsExactly("all");
    hold(level, 0);
    assertThatThrownBy(() -> level.run(0, 20, series, () -> ran.add("refused")))
        .isInstanceOf(ApiException.class);
    assertThat(level.executing()).isEqualTo(1);
  }

  @Test
  void aFullQueueRefuses() {
    PriorityLevel level = level(limited("a", 1, queues(1, 1, 2)));
    for (int seat = 0; seat < 10; seat++) {
      hold(level, 0);
    }
    queue(level, 1, "first");
    queue(level, 2, "second");

    isRefused(level, 3, "queue-full");
  }

  @Test
  void aFlowTakesTheShortestQueueOfItsHand() {
    FairQueues queues = new FairQueues();
    for (int request = 0; request < 12; request++) {
      assertThat(queues.add(7, 1, new Queuing(16, 4, 3))).isPresent();
    }
    assertThat(queues.add(7, 1, new Queuing(16, 4, 3))).isEmpty();
    assertThat(queues.size()).isEqualTo(12);
  }

  @Test
  void whoHasNoTimeLeftWaitsNoLonger() {
    PriorityLevel level = level(limited("a", 1, queues(1, 1, 5)));
    for (int seat = 0; seat < 10; seat++) {
      hold(level, 0);
    }
    assertThatThrownBy(
            () ->
                Deadline.within(
                    Duration.ofMillis(20), () -> level.run(1, 1, series, () -> ran.add("late"))))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.error()).isInstanceOf(ApiError.Timeout.class));
    assertThat(seats.waiting.get()).isZero();
    assertThat(ran).doesNotContain("late");
  }

  @Test
  void whatOthersLendMayBeUsedAndWhatTheyKeepNot() {
    Map<String, PriorityLevel> levels =
        seats.divide(List.of(lending("busy", 1, 0), lending("idle", 1, 60)));
    PriorityLevel busy = named("busy", levels);
    for (int seat = 0; seat < 8; seat++) {
      hold(busy, 0);
    }
    isRefused(busy, 0, "concurrency-limit");

    // Its own seats a level always gets, whatever was borrowed.
    PriorityLevel idle = named("idle", levels);
    for (int seat = 0; seat < 5; seat++) {
      hold(idle, 0);
    }
    isRefused(idle, 0, "concurrency-limit");
  }

  @Test
  void whoWaitsGoesOnWhenTheLevelGetsMoreSeats() {
    PriorityLevel level =
        named(
            "a",
            seats.divide(
                List.of(limited("a", 1, queues(1, 1, 5)), limited("b", 9, Optional.empty()))));
    hold(level, 0);
    queue(level, 0, "waits");

    assertThat(
            seats.divide(
                List.of(limited("a", 9, queues(1, 1, 5)), limited("b", 1, Optional.empty()))))
        .containsEntry("a", level);
    await().until(() -> ran.contains("waits"));
  }

  @Test
  void whoWaitsOnALevelThatIsDeletedStillGetsItsTurn() {
    PriorityLevel level = level(limited("a", 1, queues(1, 1, 5)));
    List<CountDownLatch> held = new ArrayList<>();
    for (int seat = 0; seat < 10; seat++) {
      held.add(hold(level, 0));
    }
    queue(level, 0, "waits");
    assertThat(seats.divide(List.of())).isEmpty();
    held.getFirst().countDown();
    await().until(() -> ran.contains("waits"));
  }

  @Test
  void noSeatIsLostUnderManyRequests() throws InterruptedException {
    PriorityLevel level = level(limited("a", 1, queues(8, 2, 1000)));
    List<Thread> many = new ArrayList<>();
    for (int thread = 0; thread < 64; thread++) {
      int flow = thread;
      many.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int request = 0; request < 200; request++) {
                      level.run(
                          flow,
                          1,
                          series,
                          () -> {
                            if (level.executing() > 10 + 64) {
                              refused.add("more than there are seats");
                            }
                            LockSupport.parkNanos(1);
                            ran.add("one");
                          });
                    }
                  }));
    }
    for (Thread thread : many) {
      thread.join();
    }
    assertThat(refused).isEmpty();
    assertThat(ran).hasSize(64 * 200);
    assertThat(level.executing()).isZero();
    assertThat(seats.waiting.get()).isZero();
  }
}
