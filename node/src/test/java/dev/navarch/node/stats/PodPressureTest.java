package dev.navarch.node.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodPressureTest {
  private static final String FIGURES = "some avg10=1.00 avg60=2.00 avg300=3.00 total=4\n";
  private final Path mount;
  private final PodPressure pressure;

  PodPressureTest(@TempDir Path mount) throws IOException {
    this.mount = mount;
    this.pressure = new PodPressure(mount, "/nodes/one");
    Path pod = mount.resolve("nodes/one/kubepods/burstable/podu1");
    Files.createDirectories(pod.resolve("c1"));
    Files.writeString(pod.resolve("cpu.pressure"), FIGURES);
    Files.writeString(pod.resolve("io.pressure"), FIGURES);
    Files.writeString(pod.resolve("c1/memory.pressure"), FIGURES);
  }

  @Test
  void podsAndContainersStallOnTheirOwn() throws IOException {
    Files.createFile(mount.resolve("cgroup.controllers"));
    var node = Json.object();
    node.putObject("cpu").put("time", "now");
    pressure.into(node, "now", pressure.pod("u1"));
    String psi = "\"psi\":{\"some\":{\"total\":4000,\"avg10\":1.0,\"avg60\":2.0,\"avg300\":3.0}}";
    assertThat(node)
        .hasToString(
            "{\"cpu\":{\"time\":\"now\",%1$s},\"io\":{\"time\":\"now\",%1$s}}".formatted(psi));
    var container = Json.object();
    pressure.into(container, "now", pressure.container("u1", "c1"));
    assertThat(container).hasToString("{\"memory\":{\"time\":\"now\",%s}}".formatted(psi));
    assertThat(pressure.container("u1", "c2")).isEmpty();
    assertThat(pressure.pod("u2")).isEmpty();
  }

  @Test
  void groupsOfVersionOneTellNothing() {
    assertThat(pressure.pod("u1")).isEmpty();
  }
}
