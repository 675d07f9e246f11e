package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Sets of indexes are read and written as upstream does.
class JobIndexesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "- | 1 3 4 | 1,3,4",
        "- | 0 1 2 | 0-2",
        "0-2 | 3 5 | 0-3,5",
        "0-2,7 | 4 | 0-2,4,7",
        "1,3 | 2 | 1-3",
        "8,9 | 10 | 8,9",
        "2-30 | 1 | 1-9",
        "a,5 | 6 | 5,6"
      })
  void growsAndStaysBelowTheNumberOfIndexes(String before, String more, String after) {
    List<Integer> indexes =
        Arrays.stream(more.split(" ")).map(Integer::valueOf).filter(it -> it < 10).toList();

    assertThat(JobIndexes.parse(before, 10).with(indexes).text()).isEqualTo(after);
  }

  @Test
  void tellsWhatIsMissing() {
    JobIndexes done = JobIndexes.parse("0-2,4,1000-200000000", 300_000_000);

    assertThat(done.total()).isEqualTo(4 + 199_999_001);
    assertThat(done.contains(4)).isTrue();
    assertThat(done.contains(3)).isFalse();
    assertThat(done.lowestMissing(3, 300_000_000, index -> index == 5)).containsExactly(3, 6, 7);
    assertThat(done.lowestMissing(3, 7, index -> false)).containsExactly(3, 5, 6);
    assertThat(JobIndexes.parse("1-5", 10).totalIn(JobIndexes.parse("0,2-3,5-9", 10))).isEqualTo(3);
  }
}
