package dev.navarch.node.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SysctlTest {
  /// Read byte by byte, such a file gives only its first digit.
  @Test
  void readsNumbersWhole() {
    assertThat(Sysctl.get("kernel.pid_max"))
        .hasValueSatisfying(value -> assertThat(Integer.parseInt(value)).isGreaterThan(300));
  }

  @Test
  void absentSettingsAreEmpty() {
    assertThat(Sysctl.get("net.no.such.thing")).isEmpty();
    assertThat(Sysctl.set("net.no.such.thing", "1")).isFalse();
  }
}
