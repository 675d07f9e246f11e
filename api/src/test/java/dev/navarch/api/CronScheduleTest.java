package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Schedules are read, and due, as upstream's parser has it.
class CronScheduleTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/5 * * * * | UTC | 2026-01-01T00:03:30Z | 2026-01-01T00:05:00Z 2026-01-01T00:10:00Z",
        "5/20 * * * * | UTC | 2026-01-01T00:05:00Z | 2026-01-01T00:25:00Z 2026-01-01T00:45:00Z",
        "@hourly | UTC | 2026-01-01T00:00:00Z | 2026-01-01T01:00:00Z 2026-01-01T02:00:00Z",
        "@every 1h30m | UTC | 2026-01-01T00:00:10.5Z | 2026-01-01T01:30:10Z 2026-01-01T03:00:10Z",
        "@every 10ms | UTC | 2026-01-01T00:00:10Z | 2026-01-01T00:00:11Z",
        "0 0 29 FEB ? | UTC | 2026-01-01T00:00:00Z | 2028-02-29T00:00:00Z",
        "0 12 13 * fri | UTC | 2026-01-01T00:00:00Z | 2026-01-02T12:00:00Z 2026-01-09T12:00:00Z"
            + " 2026-01-13T12:00:00Z",
        "0 12 */2 * fri | UTC | 2026-01-01T13:00:00Z | 2026-01-02T12:00:00Z 2026-01-03T12:00:00Z",
        "0 12 13 * * | UTC | 2026-01-01T00:00:00Z | 2026-01-13T12:00:00Z 2026-02-13T12:00:00Z",
        "0 9 * * mon-fri | Asia/Tokyo | 2026-01-02T00:00:00Z | 2026-01-05T00:00:00Z",
        "30 2 * * * | Europe/Berlin | 2026-03-28T12:00:00Z | 2026-03-30T00:30:00Z",
        "30 2 * * * | Europe/Berlin | 2026-10-24T12:00:00Z | 2026-10-25T00:30:00Z"
            + " 2026-10-25T01:30:00Z 2026-10-26T01:30:00Z"
      })
  void comesAtItsTimes(String schedule, String zone, Instant after, String times) {
    CronSchedule parsed = CronSchedule.parse(schedule, ZoneId.of(zone));
    List<String> found = new ArrayList<>();
    Instant at = after;
    for (int i = 0; i < times.split(" ").length; i++) {
      at = parsed.next(at).orElseThrow();
      found.add(at.toString());
    }

    assertThat(found).containsExactly(times.split(" "));
  }

  @ParameterizedTest
  @CsvSource({"0 0 31 2 *", "0 0 30 feb *"})
  void mayNeverCome(String schedule) {
    assertThat(CronSchedule.parse(schedule, ZoneId.of("UTC")).next(Instant.EPOCH))
        .isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* * * * | expected exactly 5 fields, found 4: [* * * *]",
        "60 * * * * | end of range (60) above maximum (59): 60",
        "* * 0 * * | beginning of range (0) below minimum (1): 0",
        "5-3 * * * * | beginning of range (5) beyond end of range (3): 5-3",
        "x * * * * | failed to parse number: x",
        "* * * * 7 | end of range (7) above maximum (6): 7",
        "*/0 * * * * | step of range should be a positive number: */0",
        "1-2-3 * * * * | too many hyphens: 1-2-3",
        "1/2/3 * * * * | too many slashes: 1/2/3",
        "@often | unrecognized descriptor: @often",
        "@every x | failed to parse duration @every x: time: invalid duration \"x\""
      })
  void saysWhatIsWrong(String schedule, String complaint) {
    assertThatThrownBy(() -> CronSchedule.parse(schedule, ZoneId.of("UTC")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(complaint);
  }
}
