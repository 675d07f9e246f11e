package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Requests and limits in the kernel's units: millicores to shares and quota, bytes.
final class Amounts {
  private static final long MIN_SHARES = 2;
  private static final long MAX_SHARES = 262_144;
  private static final long MIN_QUOTA = 1_000;
  private static final long MIN_OOM_SCORE = 3;
  private static final long LAST_TO_DIE = -997;
  private static final String NODE_CRITICAL = "system-node-critical";
  private static final List<String> COMPUTE = List.of("cpu", "memory");

  private Amounts() {}

  /// How a pod is treated when the node runs short.
  enum Qos {
    GUARANTEED("Guaranteed", ""),
    BURSTABLE("Burstable", "burstable"),
    BEST_EFFORT("BestEffort", "besteffort");

    private final String title;
    private final String folder;

    Qos(String title, String folder) {
      this.title = title;
      this.folder = folder;
    }

    String title() {
      return title;
    }

    String folder() {
      return folder;
    }

    /// What the pod states as a whole decides alone.
    static Qos of(Pod pod) {
      ResourceRequirements whole = pod.getSpec().getResources();
      List<@Nullable ResourceRequirements> stated =
          isStated(whole)
              ? java.util.Collections.singletonList(whole)
              : all(pod).map(Container::getResources).toList();
      if (stated.stream().noneMatch(Qos::isStated)) {
        return BEST_EFFORT;
      }
      return stated.stream().allMatch(Qos::isFixed) ? GUARANTEED : BURSTABLE;
    }

    private static boolean isStated(@Nullable ResourceRequirements resources) {
      return COMPUTE.stream()
          .anyMatch(
              name ->
                  milli(limits(resources), name).orElse(0) > 0
                      || milli(requests(resources), name).orElse(0) > 0);
    }

    private static boolean isFixed(@Nullable ResourceRequirements resources) {
      return COMPUTE.stream()
          .allMatch(
              name -> {
                long limit = milli(limits(resources), name).orElse(0);
                return limit > 0 && milli(requests(resources), name).orElse(limit) == limit;
              });
    }
  }

  static OptionalLong milliCpu(Map<String, Quantity> amounts) {
    return milli(amounts, "cpu");
  }

  static OptionalLong bytes(Map<String, Quantity> amounts, String resource) {
    Quantity amount = amounts.get(resource);
    return amount == null
        ? OptionalLong.empty()
        : OptionalLong.of(
            amount.getNumericalAmount().setScale(0, RoundingMode.CEILING).longValueExact());
  }

  static Map<String, Quantity> limits(Container container) {
    return limits(container.getResources());
  }

  static Map<String, Quantity> requests(Container container) {
    return requests(container.getResources());
  }

  static Map<String, Quantity> limits(@Nullable ResourceRequirements resources) {
    return resources == null || resources.getLimits() == null ? Map.of() : resources.getLimits();
  }

  static Map<String, Quantity> requests(@Nullable ResourceRequirements resources) {
    return resources == null || resources.getRequests() == null
        ? Map.of()
        : resources.getRequests();
  }

  /// What weighs a container's processor time against others: its request, else its limit.
  static long cpuShares(Container container) {
    return shares(milliCpu(requests(container)).orElse(milliCpu(limits(container)).orElse(0)));
  }

  static long shares(long milliCpu) {
    return Math.clamp(milliCpu * 1024 / 1000, MIN_SHARES, MAX_SHARES);
  }

  static long quota(long milliCpu, long period) {
    return Math.max(milliCpu * period / 1000, MIN_QUOTA);
  }

  /// Who dies first when memory runs out: what the node itself needs dies last.
  static long oomScore(Pod pod, Container container, long nodeMemory) {
    if (NODE_CRITICAL.equals(pod.getSpec().getPriorityClassName())) {
      return LAST_TO_DIE;
    }
    return switch (Qos.of(pod)) {
      case GUARANTEED -> LAST_TO_DIE;
      case BEST_EFFORT -> 1000;
      case BURSTABLE -> {
        long request = bytes(requests(container), "memory").orElse(0) + shareOfWhole(pod);
        long score = 1000 - 1000 * request / Math.max(nodeMemory, 1);
        yield Math.clamp(score, MIN_OOM_SCORE, 999);
      }
    };
  }

  /// What the pod asks for beyond its containers, in equal parts.
  private static long shareOfWhole(Pod pod) {
    List<Container> running =
        all(pod)
            .filter(
                container ->
                    pod.getSpec().getContainers().contains(container)
                        || Containers.isSidecar(container))
            .toList();
    long whole = bytes(requests(pod.getSpec().getResources()), "memory").orElse(0);
    long sum =
        running.stream()
            .mapToLong(container -> bytes(requests(container), "memory").orElse(0))
            .sum();
    return Math.max(0, whole - sum) / Math.max(1, running.size());
  }

  /// What a container is held to: its own limits, and the pod's where it has none.
  static Map<String, Quantity> limits(Pod pod, Container container) {
    Map<String, Quantity> limits = new HashMap<>(limits(container));
    limits(pod.getSpec().getResources()).forEach(limits::putIfAbsent);
    return limits;
  }

  static Stream<Container> all(Pod pod) {
    return Stream.concat(
        pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream());
  }

  private static OptionalLong milli(Map<String, Quantity> amounts, String resource) {
    Quantity amount = amounts.get(resource);
    return amount == null
        ? OptionalLong.empty()
        : OptionalLong.of(
            amount
                .getNumericalAmount()
                .multiply(BigDecimal.valueOf(1000))
                .setScale(0, RoundingMode.CEILING)
                .longValueExact());
  }
}
