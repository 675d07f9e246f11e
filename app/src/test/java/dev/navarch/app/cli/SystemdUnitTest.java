package dev.navarch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SystemdUnitTest {
  @Test
  void runsTheAgentAsItWasAskedForWithoutItsToken() {
    String unit =
        new SystemdUnit(
                Path.of("/opt/navarch/navarch"),
                List.of(
                    "--server=https://192.0.2.10:6443",
                    "--token",
                    "abcdef.0123456789abcdef",
                    "--eviction-hard=memory.available<5%",
                    "--node-labels=zone=a b",
                    "--print-systemd-unit"))
            .text();
    assertThat(unit)
        .contains(
            "ExecStart=/opt/navarch/navarch agent --server=https://192.0.2.10:6443"
                + " --eviction-hard=memory.available<5%% \"--node-labels=zone=a b\"\n")
        .contains("KillMode=process\n")
        .doesNotContain("abcdef")
        .doesNotContain("print-systemd-unit");
  }
}
