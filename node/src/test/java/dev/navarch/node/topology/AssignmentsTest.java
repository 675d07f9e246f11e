package dev.navarch.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.node.settings.KubeletSettings;
import dev.navarch.node.topology.Provider.NotAssigned;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssignmentsTest {
  private static final long GI = 1L << 30;

  /// One processor is reserved; the defaults of everything else.
  private static final KubeletSettings STATIC =
      KubeletSettings.defaults().with("cpuManagerPolicy", "static").with("reservedSystemCPUs", "0");

  @TempDir Path folder;

  /// Two sockets of four cores with two threads: 0-3 and 8-11, 4-7 and 12-15.
  private final CpuTopology two = Machines.of(2, 1, 4, 2);

  private Assignments assignments(KubeletSettings settings, Provider... providers) {
    return Assignments.of(settings, two.numaNodes(), folder, List.of(providers));
  }

  private static Container container(String name, String cpu, String memory) {
    return new ContainerBuilder()
        .withName(name)
        .withNewResources()
        .addToRequests("cpu", new Quantity(cpu))
        .addToRequests("memory", new Quantity(memory))
        .addToLimits("cpu", new Quantity(cpu))
        .addToLimits("memory", new Quantity(memory))
        .endResources()
        .build();
  }

  private static Pod pod(String uid, Container... containers) {
    return new PodBuilder()
        .withNewMetadata()
        .withUid(uid)
        .withName(uid)
        .endMetadata()
        .withNewSpec()
        .withContainers(containers)
        .endSpec()
        .build();
  }

  private static String cpus(Cpus cpus, String uid) {
    return cpus.of(uid, "main").map(CpuSet::toString).orElse("any");
  }

  @Test
  void wholeProcessorsOfGuaranteedPodsAreTheirsAlone() {
    Cpus cpus = new Cpus(STATIC, two, folder);
    Assignments all = assignments(STATIC, cpus);
    all.assign(pod("own", container("main", "2", "1Gi")));
    all.assign(pod("part", container("main", "1500m", "1Gi")));
    assertThat(cpus(cpus, "own")).isEqualTo("1,9");
    assertThat(cpus(cpus, "part")).as("shares").isEqualTo("0,2-8,10-15");
    all.release("own");
    assertThat(cpus(cpus, "part")).isEqualTo("0-15");
  }

  @Test
  void withoutAPolicyNobodyIsHeldToAnything() {
    Cpus cpus = new Cpus(KubeletSettings.defaults(), two, folder);
    assignments(KubeletSettings.defaults(), cpus).assign(pod("own", container("main", "2", "1Gi")));
    assertThat(cpus(cpus, "own")).isEqualTo("any");
  }

  @Test
  void whatIsGivenOutIsRememberedOverARestart() {
    Cpus before = new Cpus(STATIC, two, folder);
    assignments(STATIC, before).assign(pod("own", container("main", "2", "1Gi")));
    Cpus after = new Cpus(STATIC, two, folder);
    assertThat(cpus(after, "own")).isEqualTo("1,9");
    after.retain(Set.of("other"));
    assertThat(new Cpus(STATIC, two, folder).exclusive("own", "main").isEmpty()).isTrue();
  }

  @Test
  void anotherPolicyThanThatOfTheStateIsRefused() {
    new Cpus(STATIC, two, folder);
    assertThatThrownBy(() -> new Cpus(KubeletSettings.defaults(), two, folder))
        .hasMessageContaining("configured policy \"none\" differs from state checkpoint policy");
  }

  @Test
  void aDamagedStateIsNamed() throws Exception {
    Files.writeString(folder.resolve("cpu_manager_state"), "{");
    assertThatThrownBy(() -> new Cpus(STATIC, two, folder))
        .hasMessageContaining("cpu_manager_state is damaged");
  }

  @Test
  void whoAsksForMoreThanThereIsGetsNothing() {
    Cpus cpus = new Cpus(STATIC, two, folder);
    Pod large = pod("large", container("first", "10", "1Gi"), container("main", "6", "1Gi"));
    assertThatThrownBy(() -> assignments(STATIC, cpus).assign(large))
        .isInstanceOf(NotAssigned.class)
        .hasMessage(
            "Allocate failed due to not enough cpus available to satisfy request: requested=6,"
                + " available=5, which is unexpected");
    assertThat(cpus.shared()).as("all or nothing").hasToString("0-15");
  }

  @Test
  void wholeCoresOnlyIfSoConfigured() {
    var settings = STATIC.with("cpuManagerPolicyOptions", Map.of("full-pcpus-only", "true"));
    Cpus cpus = new Cpus(settings, two, folder);
    assertThatThrownBy(
            () -> assignments(settings, cpus).assign(pod("odd", container("main", "3", "1Gi"))))
        .hasMessage("SMT Alignment Error: requested 3 cpus not multiple cpus per core = 2")
        .extracting(e -> ((NotAssigned) e).reason())
        .isEqualTo("SMTAlignmentError");
  }

  @Test
  void strictReservationKeepsSharersOff() {
    var settings = STATIC.with("cpuManagerPolicyOptions", Map.of("strict-cpu-reservation", "true"));
    assertThat(new Cpus(settings, two, folder).shared()).hasToString("1-15");
  }

  @Test
  void whatAnInitContainerHadIsFreeForThoseAfterIt() {
    Cpus cpus = new Cpus(STATIC, two, folder);
    Pod pod = pod("own", container("main", "14", "1Gi"));
    pod.getSpec().getInitContainers().add(container("init", "14", "1Gi"));
    assignments(STATIC, cpus).assign(pod);
    assertThat(cpus.exclusive("own", "main").size()).isEqualTo(14);
  }

  @Test
  void aSingleMemoryNodeHasToDo() {
    var settings = STATIC.with("topologyManagerPolicy", "single-numa-node");
    Cpus cpus = new Cpus(settings, two, folder);
    Assignments all = assignments(settings, cpus);
    all.assign(pod("one", container("main", "6", "1Gi")));
    assertThat(two.numaOf(cpus.exclusive("one", "main")).size()).isOne();
    assertThatThrownBy(() -> all.assign(pod("wide", container("main", "9", "1Gi"))))
        .hasMessage("Resources cannot be allocated with Topology locality")
        .extracting(e -> ((NotAssigned) e).reason())
        .isEqualTo("TopologyAffinityError");
    assertThat(cpus.exclusive("wide", "main").isEmpty()).isTrue();
  }

  @Test
  void restrictedTakesWhatIsAsCloseAsItCanBe() {
    var settings = STATIC.with("topologyManagerPolicy", "restricted");
    Cpus cpus = new Cpus(settings, two, folder);
    Assignments all = assignments(settings, cpus);
    all.assign(pod("wide", container("main", "9", "1Gi")));
    assertThat(cpus.exclusive("wide", "main").size()).as("needs both nodes").isEqualTo(9);
    all.release("wide");
    all.assign(pod("first", container("main", "5", "1Gi")));
    all.assign(pod("second", container("main", "5", "1Gi")));
    assertThatThrownBy(() -> all.assign(pod("third", container("main", "5", "1Gi"))))
        .hasMessage("Resources cannot be allocated with Topology locality");
  }

  @Test
  void bestEffortTakesWhatIsLeft() {
    var settings = STATIC.with("topologyManagerPolicy", "best-effort");
    Cpus cpus = new Cpus(settings, two, folder);
    Assignments all = assignments(settings, cpus);
    all.assign(pod("first", container("main", "5", "1Gi")));
    all.assign(pod("second", container("main", "5", "1Gi")));
    all.assign(pod("third", container("main", "5", "1Gi")));
    assertThat(two.numaOf(cpus.exclusive("third", "main")).size()).isEqualTo(2);
  }

  @Test
  void aPodsContainersComeFromOneNodeTogether() {
    var settings =
        STATIC
            .with("topologyManagerPolicy", "single-numa-node")
            .with("topologyManagerScope", "pod");
    Cpus cpus = new Cpus(settings, two, folder);
    Assignments all = assignments(settings, cpus);
    all.assign(pod("both", container("first", "3", "1Gi"), container("main", "4", "1Gi")));
    CpuSet used = cpus.exclusive("both", "first").plus(cpus.exclusive("both", "main"));
    assertThat(used.size()).isEqualTo(7);
    assertThat(two.numaOf(used).size()).isOne();
  }

  private static final KubeletSettings MEMORY =
      KubeletSettings.defaults()
          .with("memoryManagerPolicy", "Static")
          .with("evictionHard", Map.of("memory.available", "1Gi"))
          .with(
              "reservedMemory", List.of(Map.of("numaNode", 0, "limits", Map.of("memory", "1Gi"))));

  private static NumaMemory memory() {
    return new NumaMemory(Map.of(0, Map.of("memory", 9 * GI), 1, Map.of("memory", 8 * GI)));
  }

  @Test
  void memoryComesFromTheFewestNodes() {
    Memories memories = new Memories(MEMORY, memory(), folder);
    Assignments all = assignments(MEMORY, memories);
    all.assign(pod("a", container("main", "1", "6Gi")));
    all.assign(pod("b", container("main", "1", "6Gi")));
    assertThat(memories.of("a", "main")).hasToString("0");
    assertThat(memories.of("b", "main")).hasToString("1");
    assertThatThrownBy(() -> all.assign(pod("c", container("main", "1", "4Gi"))))
        .isInstanceOf(NotAssigned.class)
        .hasMessageContaining("no NUMA nodes with enough memory is available");
    assertThat(new Memories(MEMORY, memory(), folder).of("b", "main")).hasToString("1");
  }

  @Test
  void processorsAndMemoryComeFromTheSameNode() {
    var settings =
        MEMORY
            .with("cpuManagerPolicy", "static")
            .with("reservedSystemCPUs", "0")
            .with("topologyManagerPolicy", "single-numa-node");
    Cpus cpus = new Cpus(settings, two, folder);
    Memories memories = new Memories(settings, memory(), folder);
    Assignments all = assignments(settings, cpus, memories);
    all.assign(pod("a", container("main", "2", "7Gi")));
    all.assign(pod("b", container("main", "2", "7Gi")));
    assertThat(two.numaOf(cpus.exclusive("a", "main"))).isEqualTo(memories.of("a", "main"));
    assertThat(two.numaOf(cpus.exclusive("b", "main"))).isEqualTo(memories.of("b", "main"));
    assertThat(memories.of("a", "main")).isNotEqualTo(memories.of("b", "main"));
  }

  @Test
  void whatIsReservedHasToBeWhatIsKept() {
    var settings = MEMORY.with("evictionHard", Map.of("memory.available", "2Gi"));
    assertThatThrownBy(() -> new Memories(settings, memory(), folder))
        .hasMessageContaining("reservedMemory: found 1073741824 bytes of memory together");
  }
}
