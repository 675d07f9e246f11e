package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.node.host.CgroupTree;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodGroupsTest {
  private static final KubeletSettings DEFAULTS = KubeletSettings.defaults();
  @TempDir Path mount;

  private PodGroups v1(KubeletSettings settings) throws IOException {
    for (String controller : List.of("cpu", "memory", "pids")) {
      Files.createDirectories(mount.resolve(controller));
    }
    return new PodGroups(new CgroupTree(mount), "/node", settings, 1L << 30);
  }

  private PodGroups v2(KubeletSettings settings) throws IOException {
    Files.writeString(mount.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
    Files.writeString(mount.resolve("cgroup.subtree_control"), "cpu\n");
    return new PodGroups(new CgroupTree(mount), "/node", settings, 1L << 30);
  }

  private String at(String path) throws IOException {
    return Files.readString(mount.resolve(path));
  }

  private static Pod pod(String uid, Map<String, String> requests, Map<String, String> limits) {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withUid(uid)
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("main")
            .withNewResources()
            .endResources()
            .endContainer()
            .endSpec()
            .build();
    var resources = pod.getSpec().getContainers().getFirst().getResources();
    requests.forEach((name, text) -> resources.getRequests().put(name, new Quantity(text)));
    limits.forEach((name, text) -> resources.getLimits().put(name, new Quantity(text)));
    return pod;
  }

  @Test
  void holdsAllPodsToWhatIsNotReserved() throws IOException {
    var groups = v1(DEFAULTS);
    groups.begin(1500, Optional.of(1L << 30), Optional.of(1000L));
    assertThat(at("cpu/node/kubepods/cpu.shares")).isEqualTo("1536");
    assertThat(at("memory/node/kubepods/memory.limit_in_bytes")).isEqualTo("1073741824");
    assertThat(at("pids/node/kubepods/pids.max")).isEqualTo("1000");
    assertThat(at("cpu/node/kubepods/burstable/cpu.shares")).isEqualTo("2");
    assertThat(at("cpu/node/kubepods/besteffort/cpu.shares")).isEqualTo("2");
  }

  @Test
  void burstablePodsWeighTogetherWhatTheyAskFor() throws IOException {
    var groups = v1(DEFAULTS);
    groups.begin(2000, Optional.empty(), Optional.empty());
    groups.create(pod("a", Map.of("cpu", "500m"), Map.of()));
    groups.create(pod("b", Map.of("cpu", "250m"), Map.of()));
    groups.create(
        pod("c", Map.of("cpu", "1", "memory", "1Gi"), Map.of("cpu", "1", "memory", "1Gi")));
    assertThat(at("cpu/node/kubepods/burstable/cpu.shares")).isEqualTo("768");
    assertThat(at("cpu/node/kubepods/burstable/poda/cpu.shares")).isEqualTo("512");
    assertThat(at("cpu/node/kubepods/podc/cpu.shares")).isEqualTo("1024");
    groups.remove("a");
    assertThat(at("cpu/node/kubepods/burstable/cpu.shares")).isEqualTo("256");
  }

  @Test
  void aPodsLimitsAreThoseOfItsContainers() throws IOException {
    var groups = v1(DEFAULTS.with("podPidsLimit", 128));
    groups.create(pod("a", Map.of("cpu", "1"), Map.of("cpu", "1500m", "memory", "64Mi")));
    assertThat(at("cpu/node/kubepods/burstable/poda/cpu.cfs_quota_us")).isEqualTo("150000");
    assertThat(at("cpu/node/kubepods/burstable/poda/cpu.cfs_period_us")).isEqualTo("100000");
    assertThat(at("memory/node/kubepods/burstable/poda/memory.limit_in_bytes"))
        .isEqualTo(String.valueOf(64 << 20));
    assertThat(at("pids/node/kubepods/burstable/poda/pids.max")).isEqualTo("128");
  }

  @Test
  void aPodIsHeldToWhatItStatesAsAWholeButNotToLessThanItUses() throws IOException {
    Pod pod = pod("a", Map.of("cpu", "1"), Map.of("cpu", "1500m", "memory", "64Mi"));
    var limits = Map.of("cpu", new Quantity("2"), "memory", new Quantity("32Mi"));
    pod.getSpec()
        .setResources(
            new ResourceRequirementsBuilder()
                .withLimits(limits)
                .addToRequests("cpu", new Quantity("1"))
                .build());
    String v1 = "memory/node/kubepods/burstable/poda/";
    var groups = v1(DEFAULTS);
    groups.create(pod);
    assertThat(at("cpu/node/kubepods/burstable/poda/cpu.cfs_quota_us")).isEqualTo("200000");
    assertThat(at(v1 + "memory.limit_in_bytes")).isEqualTo(String.valueOf(32 << 20));
    assertThat(groups.belowUse(pod)).isEmpty();
    Files.writeString(mount.resolve(v1 + "memory.usage_in_bytes"), "40000000\n");
    assertThat(groups.belowUse(pod))
        .contains("attempting to set pod memory limit (33554432) below current usage (40000000)");
    String v2 = "node/kubepods/burstable/poda/";
    Files.createDirectories(mount.resolve(v2));
    Files.writeString(mount.resolve(v2 + "memory.current"), "50000000\n");
    assertThat(v2(DEFAULTS).belowUse(pod))
        .contains("attempting to set pod memory limit (33554432) below current usage (50000000)");
  }

  @Test
  void quotasFollowTheAgentsSettings() throws IOException {
    Pod limited = pod("a", Map.of("cpu", "1"), Map.of("cpu", "1500m"));
    v1(DEFAULTS.with("cpuCFSQuotaPeriod", "20ms")).create(limited);
    assertThat(at("cpu/node/kubepods/burstable/poda/cpu.cfs_quota_us")).isEqualTo("30000");
    v1(DEFAULTS.with("cpuCFSQuota", false)).create(limited);
    assertThat(at("cpu/node/kubepods/burstable/poda/cpu.cfs_quota_us")).isEqualTo("-1");
  }

  @Test
  void unifiedHierarchiesGetTheirOwnFiles() throws IOException {
    var groups = v2(DEFAULTS);
    groups.begin(2000, Optional.of(1L << 30), Optional.empty());
    for (String dir : List.of("node", "node/kubepods", "node/kubepods/burstable")) {
      Files.writeString(mount.resolve(dir + "/cgroup.controllers"), "cpuset cpu io memory pids\n");
    }
    groups.create(pod("a", Map.of("cpu", "1"), Map.of("cpu", "1500m", "memory", "64Mi")));
    assertThat(at("cgroup.subtree_control")).isEqualTo("+io");
    assertThat(at("node/kubepods/cpu.weight")).isEqualTo("79");
    assertThat(at("node/kubepods/memory.max")).isEqualTo("1073741824");
    assertThat(at("node/kubepods/pids.max")).isEqualTo("max");
    assertThat(at("node/kubepods/burstable/poda/cpu.max")).isEqualTo("150000 100000");
    assertThat(at("node/kubepods/burstable/poda/cpu.weight")).isEqualTo("39");
    assertThat(at("node/kubepods/burstable/poda/memory.max")).isEqualTo(String.valueOf(64 << 20));
  }

  @Test
  void swapGoesToBurstableContainersByWhatTheyAskFor() throws IOException {
    Pod burstable = pod("a", Map.of("memory", "256Mi"), Map.of());
    Pod fixed = pod("b", Map.of("memory", "256Mi"), Map.of("memory", "256Mi"));
    var groups = v2(DEFAULTS.with("memorySwap.swapBehavior", "LimitedSwap"));
    assertThat(rules(groups, burstable))
        .containsEntry("memory.swap.max", String.valueOf(64 << 20))
        .containsEntry("memory.oom.group", "1");
    assertThat(rules(groups, fixed)).containsEntry("memory.swap.max", "0");
    assertThat(rules(v2(DEFAULTS.with("singleProcessOOMKill", true)), burstable))
        .containsOnly(Map.entry("memory.swap.max", "0"));
  }

  private static Map<String, String> rules(PodGroups groups, Pod pod) {
    return groups.memoryRules(pod, pod.getSpec().getContainers().getFirst(), 4L << 30);
  }

  @Test
  void tellsWhatAllPodsUse() throws IOException {
    var groups = v1(DEFAULTS);
    groups.begin(2000, Optional.of(1L << 30), Optional.empty());
    Path dir = mount.resolve("memory/node/kubepods");
    Files.writeString(dir.resolve("memory.usage_in_bytes"), "5000\n");
    Files.writeString(dir.resolve("memory.stat"), "cache 1\ntotal_inactive_file 1000\n");
    assertThat(groups.memory()).contains(new PodGroups.Memory(1L << 30, 4000));
  }

  @Test
  void holdsOthersToWhatIsReservedForThem() throws IOException {
    var settings =
        DEFAULTS.with("kubeReserved", Map.of("cpu", "500m", "memory", "1Mi", "pid", "100"));
    var groups = v1(settings);
    assertThatThrownBy(() -> groups.reserve("/system", settings, "kubeReserved", true))
        .hasMessage("kubeReservedCgroup: found /system, expected a cgroup that is there");
    for (String controller : List.of("cpu", "memory", "pids")) {
      Files.createDirectories(mount.resolve(controller + "/system"));
    }
    groups.reserve("/system", settings, "kubeReserved", true);
    assertThat(at("cpu/system/cpu.shares")).isEqualTo("512");
    assertThat(at("memory/system/memory.limit_in_bytes")).isEqualTo("1048576");
    assertThat(at("pids/system/pids.max")).isEqualTo("100");
  }
}
