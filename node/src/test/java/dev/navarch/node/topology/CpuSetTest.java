package dev.navarch.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuSetTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "0", "0-3", "0-1,4,6-7"})
  void readsWhatItWrites(String text) {
    assertThat(CpuSet.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "1-", "3-1", "1,,2", "-1", "99999999"})
  void refusesWhatIsNoList(String text) {
    assertThatThrownBy(() -> CpuSet.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void combines() {
    CpuSet some = CpuSet.parse("0-3");
    assertThat(some.minus(CpuSet.of(1, 2))).hasToString("0,3");
    assertThat(some.and(CpuSet.of(3, 4))).hasToString("3");
    assertThat(some.plus(CpuSet.of(4))).hasToString("0-4");
    assertThat(some.containsAll(CpuSet.of(0, 3))).isTrue();
  }
}
