package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BackOffTest {
  private final BackOff backOff = new BackOff(Duration.ofMinutes(5));
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void doublesUpToFiveMinutes() {
    assertThat(backOff.remaining("c", now, now)).isZero();
    for (long seconds : new long[] {10, 20, 40, 80, 160, 300, 300}) {
      backOff.restarted("c", now, now);
      assertThat(backOff.pause("c")).hasSeconds(seconds);
      assertThat(backOff.remaining("c", now, now)).hasSeconds(seconds);
    }
  }

  @Test
  void isNeverLongerThanTheNodeSays() {
    var brief = new BackOff(Duration.ofSeconds(3));
    brief.restarted("c", now, now);
    assertThat(brief.pause("c")).hasSeconds(3);
    var longer = new BackOff(Duration.ofSeconds(15));
    for (long seconds : new long[] {10, 15, 15}) {
      longer.restarted("c", now, now);
      assertThat(longer.pause("c")).hasSeconds(seconds);
    }
  }

  /// A container that ended at noon waited until half past noon when the clock was set to 11:30.
  @Test
  void aClockThatIsSetBackHoldsNothingUp() {
    backOff.restarted("c", now, now);
    Instant ended = now.plusSeconds(5);
    assertThat(backOff.remaining("c", ended, ended)).hasSeconds(10);
    assertThat(backOff.remaining("c", ended, ended.minus(Duration.ofHours(1)))).isZero();
  }

  @Test
  void forgivesAContainerThatRanForTenMinutes() {
    backOff.restarted("c", now, now);
    Instant ended = now.plus(Duration.ofMinutes(11));
    now = ended;
    assertThat(backOff.remaining("c", ended, now)).isZero();
    backOff.restarted("c", ended, now);
    assertThat(backOff.pause("c")).hasSeconds(10);
  }
}
