package dev.navarch.node.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
  @Test
  void readsWhatProcShows(@TempDir Path proc) throws Exception {
    Files.createDirectories(proc.resolve("net"));
    Files.createDirectories(proc.resolve("sys/kernel"));
    Files.writeString(proc.resolve("stat"), "cpu  100 0 50 9000 10 0 5 0 0 0\ncpu0 1\n");
    Files.writeString(
        proc.resolve("meminfo"),
        "MemTotal: 1000 kB\nMemFree: 400 kB\nInactive(file): 100 kB\nAnonPages: 50 kB\n");
    Files.writeString(proc.resolve("vmstat"), "pgfault 7\npgmajfault 2\n");
    Files.writeString(proc.resolve("loadavg"), "0.1 0.2 0.3 2/345 6789\n");
    Files.writeString(proc.resolve("sys/kernel/pid_max"), "32768\n");
    Files.writeString(
        proc.resolve("net/dev"),
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
            lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
          eth0: 11 1 3 0 0 0 0 0 22 1 4 0 0 0 0 0
        """);
    Machine machine = Machine.read(proc);
    assertThat(machine.cpuNanos()).isEqualTo(1_550_000_000L);
    assertThat(machine.workingSet()).isEqualTo(500 * 1024);
    assertThat(machine.faults()).isEqualTo(new Machine.Faults(7, 2));
    assertThat(machine.interfaces()).containsExactly(new Machine.Interface("eth0", 11, 3, 22, 4));
    assertThat(machine.processes()).isEqualTo(345);
    assertThat(machine.maxProcesses()).isEqualTo(32768);
  }

  @Test
  void ratesAreNanocores() {
    assertThat(Usage.rate(0, 500_000_000, Duration.ofSeconds(1))).isEqualTo(500_000_000);
    assertThat(Usage.rate(0, 500_000_000, Duration.ofSeconds(10))).isEqualTo(50_000_000);
    assertThat(Usage.rate(9, 1, Duration.ofSeconds(1))).as("a counter that began anew").isZero();
    assertThat(Usage.rate(0, 1, Duration.ZERO)).isZero();
  }

  @Test
  void metricsHaveTheirForm() {
    var text = new MetricsText().family("a_total", "counter", "Help.");
    text.add("a_total", Map.of("pod", "x\"y", "container", "c"), 1.5, 1000);
    text.add("a_total", Map.of(), 3);
    assertThat(text)
        .hasToString(
            """
            # HELP a_total Help.
            # TYPE a_total counter
            a_total{container="c",pod="x\\"y"} 1.5 1000
            a_total 3
            """);
  }
}
