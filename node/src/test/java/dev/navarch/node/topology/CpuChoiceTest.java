package dev.navarch.node.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.node.settings.KubeletSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuChoiceTest {
  /// Two sockets of four cores with two threads: 0-3 and 8-11, 4-7 and 12-15.
  private final CpuTopology two = Machines.of(2, 1, 4, 2);

  private static CpuOptions options(String... names) {
    Map<String, String> stated = new java.util.TreeMap<>();
    for (String name : names) {
      stated.put(name, "true");
    }
    return CpuOptions.of(KubeletSettings.defaults().with("cpuManagerPolicyOptions", stated));
  }

  private String take(String free, int count, String... names) {
    return new CpuChoice(two, options(names))
        .take(CpuSet.parse(free), count)
        .map(CpuSet::toString)
        .orElse("none");
  }

  @Test
  void wholeSocketsThenCoresThenThreads() {
    assertThat(take("0-15", 8)).isEqualTo("0-3,8-11");
    assertThat(take("0-15", 2)).isEqualTo("0,8");
    assertThat(take("0-15", 3)).isEqualTo("0-1,8");
    assertThat(take("0-15", 10)).isEqualTo("0-4,8-12");
    assertThat(take("0-3", 5)).isEqualTo("none");
  }

  @Test
  void whatIsBrokenAlreadyGoesBeforeWhatIsWhole() {
    assertThat(take("1-3,8-11", 1)).isEqualTo("8");
    assertThat(take("1-15", 2)).as("a whole core of the fuller socket").isEqualTo("1,9");
  }

  @Test
  void spreadAcrossMemoryNodesEvenly() {
    assertThat(take("0-15", 8, "distribute-cpus-across-numa")).isEqualTo("0-3,8-11");
    assertThat(take("1-7,9-15", 8, "distribute-cpus-across-numa")).isEqualTo("4-7,12-15");
    assertThat(take("1-3,5-7,9-11,13-15", 8, "distribute-cpus-across-numa"))
        .isEqualTo("1-2,5-6,9-10,13-14");
  }

  @Test
  void spreadAcrossCoresTakesOneThreadOfEach() {
    assertThat(take("0-15", 3, "distribute-cpus-across-cores")).isEqualTo("0-2");
  }

  @Test
  void readsWhatTheKernelTells(@TempDir Path sys) throws Exception {
    Path cpus = sys.resolve("devices/system/cpu");
    Files.createDirectories(cpus);
    Files.writeString(cpus.resolve("online"), "0-3\n");
    for (int id = 0; id < 4; id++) {
      Path cpu = Files.createDirectories(cpus.resolve("cpu" + id + "/topology"));
      Files.writeString(cpu.resolve("physical_package_id"), "0\n");
      Files.writeString(cpu.resolve("thread_siblings_list"), id % 2 + "," + (id % 2 + 2) + "\n");
      Files.createDirectories(cpus.resolve("cpu" + id + "/node" + id % 2));
    }
    CpuTopology read = CpuTopology.read(sys);
    assertThat(read.all()).hasToString("0-3");
    assertThat(read.threadsPerCore()).isEqualTo(2);
    assertThat(read.numaNodes()).hasToString("0-1");
    assertThat(read.inNuma(CpuSet.of(1))).hasToString("1,3");
  }
}
