package dev.navarch.app.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JavaCommandTest {

  /// A server that an operator starts ran with half a GB of heap and without C2; `up` and the
  /// script now give it the same.
  @Test
  void aServerRunsWithTheSameSettingsHoweverItIsStarted() {
    List<String> options = JavaCommand.serverOptions();
    assertThat(options)
        .contains("-XX:+UseG1GC", "-Xmx2g")
        .endsWith("dev.navarch.app.cli.ServerMain");
    assertThat(options).doesNotContain("-XX:TieredStopAtLevel=1");
    List<String> started = JavaCommand.server(List.of("--data-dir=/x"));
    assertThat(started).startsWith("env", "MALLOC_ARENA_MAX=2").endsWith("--data-dir=/x");
    assertThat(started.subList(3, started.size() - 1)).isEqualTo(options);
  }
}
