package dev.navarch.node.pods;

import dev.navarch.node.eviction.Candidate;
import dev.navarch.node.host.CgroupTree;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/// The control groups of pods: `kubepods` for all of them, held to what is not reserved for others;
/// in it one for the burstable and one for the best-effort ones; in those, one for each pod.
/// Upstream's values, on cgroup v1 and v2, without systemd.
public final class PodGroups {
  private static final String POD = "pod";
  private static final int UID_LENGTH = 36;
  private static final long UNLIMITED = -1;
  private static final long LEAST_WEIGHT_MILLI = 0;

  private final CgroupTree tree;

  /// Of this node, as `/navarch/east/node-1`.
  private final String root;

  private final boolean quotas;
  private final long period;
  private final long pids;
  private final boolean singleKill;
  private final long swapBytes;
  private final Map<String, Long> burstable = new HashMap<>();

  /// @param root of this node, as `/navarch/east/node-1`
  /// @param swapBytes of the machine
  public PodGroups(CgroupTree tree, String root, KubeletSettings settings, long swapBytes) {
    this.tree = tree;
    this.root = root;
    this.quotas = settings.flag("cpuCFSQuota");
    this.period = micros(settings.duration("cpuCFSQuotaPeriod"));
    this.pids = settings.longNumber("podPidsLimit");
    this.singleKill = settings.optionalFlag("singleProcessOOMKill").orElse(false);
    this.swapBytes = settings.text("memorySwap.swapBehavior").equals("LimitedSwap") ? swapBytes : 0;
  }

  /// Memory of all pods together.
  ///
  /// @param limit bytes that they are held to
  public record Memory(long limit, long workingSet) {}

  /// What a container may use of the processors: at most `quota` microseconds in each `period`.
  ///
  /// @param quota 0 for no limit
  record CpuLimit(long quota, long period) {}

  private static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }

  String parent(Pod pod) {
    return group(Amounts.Qos.of(pod)) + "/pod" + pod.getMetadata().getUid();
  }

  /// As the runtime is told: the parent of the pod's containers.
  private String group(Amounts.Qos qos) {
    return all() + (qos.folder().isEmpty() ? "" : "/" + qos.folder());
  }

  private String all() {
    return root + "/kubepods";
  }

  /// Makes the groups above those of pods.
  ///
  /// @param milliCpu what all pods together weigh, in millicores
  /// @param memory bytes that they are held to; empty for no limit
  /// @param processes that they are held to; empty for no limit
  public void begin(long milliCpu, Optional<Long> memory, Optional<Long> processes)
      throws IOException {
    tree.create(group(Amounts.Qos.BURSTABLE));
    tree.create(group(Amounts.Qos.BEST_EFFORT));
    weigh(all(), milliCpu);
    limitMemory(all(), memory.orElse(UNLIMITED));
    limitProcesses(all(), processes.orElse(UNLIMITED));
    weigh(group(Amounts.Qos.BURSTABLE), LEAST_WEIGHT_MILLI);
    weigh(group(Amounts.Qos.BEST_EFFORT), LEAST_WEIGHT_MILLI);
  }

  /// Holds a group of others to what is reserved for it.
  ///
  /// @param whole whether memory and processes too, not only what can be squeezed
  public void reserve(String path, KubeletSettings settings, String whose, boolean whole)
      throws IOException {
    if (!tree.exists(path)) {
      throw new IllegalArgumentException(
          "%sCgroup: found %s, expected a cgroup that is there".formatted(whose, path));
    }
    long milli = settings.reserved(whose, "cpu");
    if (milli > 0) {
      weigh(path, milli);
    }
    if (whole && settings.reserved(whose, "memory") > 0) {
      limitMemory(path, settings.reserved(whose, "memory"));
    }
    if (whole && settings.reserved(whose, "pid") > 0) {
      limitProcesses(path, settings.reserved(whose, "pid"));
    }
  }

  void create(Pod pod) throws IOException {
    String path = parent(pod);
    tree.create(path);
    PodSpec spec = pod.getSpec();
    Map<String, Quantity> limits = Amounts.limits(spec.getResources());
    long milli = PodRequests.of(pod, "cpu");
    weigh(path, milli);
    long milliLimit =
        limits.containsKey("cpu")
            ? PodRequests.amount(limits, "cpu")
            : sumOrNone(spec, container -> PodRequests.limit(container, "cpu"));
    limitCpu(path, milliLimit);
    long memory = memoryLimit(pod);
    if (memory > 0) {
      limitMemory(path, memory);
    }
    if (pids > 0) {
      limitProcesses(path, pids);
    }
    if (Amounts.Qos.of(pod) == Amounts.Qos.BURSTABLE) {
      weighBurstable(pod.getMetadata().getUid(), Optional.of(milli));
    }
  }

  /// Bytes that a pod's group is held to; 0 for no limit.
  private static long memoryLimit(Pod pod) {
    PodSpec spec = pod.getSpec();
    Map<String, Quantity> limits = Amounts.limits(spec.getResources());
    long memory =
        limits.containsKey("memory")
            ? PodRequests.amount(limits, "memory")
            : sumOrNone(spec, container -> PodRequests.limit(container, "memory"));
    return memory > 0 ? memory + overhead(pod, "memory") : 0;
  }

  /// Why a pod cannot be held to the memory that its spec allows it, if it uses more already.
  Optional<String> belowUse(Pod pod) {
    long limit = memoryLimit(pod);
    String file = tree.isV2() ? "memory.current" : "memory.usage_in_bytes";
    return number(parent(pod), file)
        .filter(used -> limit > 0 && used > limit)
        .map(
            used ->
                "attempting to set pod memory limit (%d) below current usage (%d)"
                    .formatted(limit, used));
  }

  /// Takes the pod's group away; whatever still runs in it keeps it there. Pods that have a group,
  /// by uid.
  Set<String> present() {
    Set<String> uids = new HashSet<>();
    for (Amounts.Qos qos : Amounts.Qos.values()) {
      tree.children(group(qos)).stream()
          .filter(name -> name.startsWith(POD) && name.length() == POD.length() + UID_LENGTH)
          .forEach(name -> uids.add(name.substring(POD.length())));
    }
    return uids;
  }

  /// Ends what still runs in the pod's group, too: no container that the runtime knows, by then.
  void remove(String podUid) {
    for (Amounts.Qos qos : Amounts.Qos.values()) {
      tree.end(group(qos) + "/" + POD + podUid);
      tree.remove(group(qos) + "/" + POD + podUid);
    }
    try {
      weighBurstable(podUid, Optional.empty());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Empty while pods are not limited.
  public Optional<Memory> memory() {
    String limitFile = tree.isV2() ? "memory.max" : "memory.limit_in_bytes";
    String usageFile = tree.isV2() ? "memory.current" : "memory.usage_in_bytes";
    String inactive = tree.isV2() ? "inactive_file" : "total_inactive_file";
    Optional<Long> limit = number(all(), limitFile).filter(bytes -> bytes < Long.MAX_VALUE / 2);
    long cache = tree.figure(all(), "memory", "memory.stat", inactive);
    return limit.flatMap(
        most -> number(all(), usageFile).map(used -> new Memory(most, Math.max(0, used - cache))));
  }

  /// What one container is held to, by its limits and the agent's settings.
  CpuLimit cpuLimit(Map<String, Quantity> limits) {
    return new CpuLimit(quota(PodRequests.amount(limits, "cpu")), period);
  }

  /// What else the kernel is told of a container's memory, where it has one hierarchy (v2).
  ///
  /// @param nodeMemory bytes of the whole machine
  Map<String, String> memoryRules(Pod pod, Container container, long nodeMemory) {
    Map<String, String> rules = new HashMap<>();
    if (tree.isV2() && tree.has("memory")) {
      rules.put("memory.swap.max", String.valueOf(swap(pod, container, nodeMemory)));
      if (!singleKill) {
        rules.put("memory.oom.group", "1");
      }
    }
    return rules;
  }

  /// Swap in proportion to the memory that a container of a burstable pod asks for, if it asks for
  /// less than its limit.
  private long swap(Pod pod, Container container, long nodeMemory) {
    long request = PodRequests.of(container, "memory");
    boolean burstable = Amounts.Qos.of(pod) == Amounts.Qos.BURSTABLE && !Candidate.isCritical(pod);
    boolean fixed = request == 0 || request == PodRequests.limit(container, "memory");
    return swapBytes == 0 || !burstable || fixed || nodeMemory == 0
        ? 0
        : (long) ((double) request / nodeMemory * swapBytes);
  }

  private Optional<Long> number(String path, String file) {
    return tree.get(path, "memory", file)
        .filter(text -> text.matches("[0-9]+"))
        .map(Long::parseUnsignedLong);
  }

  private synchronized void weighBurstable(String podUid, Optional<Long> milli) throws IOException {
    Long before = milli.isPresent() ? burstable.put(podUid, milli.get()) : burstable.remove(podUid);
    if (!milli.equals(Optional.ofNullable(before))) {
      long sum = burstable.values().stream().mapToLong(Long::longValue).sum();
      weigh(group(Amounts.Qos.BURSTABLE), sum);
    }
  }

  private void weigh(String path, long milliCpu) throws IOException {
    long shares = Amounts.shares(milliCpu);
    if (tree.isV2()) {
      tree.set(path, "cpu", "cpu.weight", String.valueOf(1 + (shares - 2) * 9999 / 262142));
    } else {
      tree.set(path, "cpu", "cpu.shares", String.valueOf(shares));
    }
  }

  private long quota(long milliLimit) {
    return milliLimit == 0 || !quotas ? 0 : Amounts.quota(milliLimit, period);
  }

  private void limitCpu(String path, long milliLimit) throws IOException {
    long quota = quota(milliLimit);
    if (tree.isV2()) {
      tree.set(path, "cpu", "cpu.max", (quota > 0 ? quota : "max") + " " + period);
    } else {
      tree.set(path, "cpu", "cpu.cfs_period_us", String.valueOf(period));
      tree.set(path, "cpu", "cpu.cfs_quota_us", String.valueOf(quota > 0 ? quota : -1));
    }
  }

  private void limitMemory(String path, long bytes) throws IOException {
    if (tree.isV2()) {
      tree.set(path, "memory", "memory.max", bytes < 0 ? "max" : String.valueOf(bytes));
    } else {
      tree.set(path, "memory", "memory.limit_in_bytes", String.valueOf(bytes));
    }
  }

  private void limitProcesses(String path, long count) throws IOException {
    tree.set(path, "pids", "pids.max", count < 0 ? "max" : String.valueOf(count));
  }

  private static long overhead(Pod pod, String resource) {
    Map<String, Quantity> overhead = pod.getSpec().getOverhead();
    return overhead == null ? 0 : PodRequests.amount(overhead, resource);
  }

  /// A limit of the pod only if every container has one.
  private static long sumOrNone(PodSpec spec, ToLongFunction<Container> limit) {
    boolean all =
        List.of(spec.getInitContainers(), spec.getContainers()).stream()
            .flatMap(List::stream)
            .allMatch(container -> limit.applyAsLong(container) > 0);
    return all ? PodRequests.sum(spec, limit::applyAsLong) : 0;
  }
}
