package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// Requests and limits in the kernel's units: millicores to shares and quota, bytes.
final class Amounts {
  private static final long MIN_SHARES = 2;
  private static final long MAX_SHARES = 262_144;
  private static final long MIN_QUOTA = 1_000;
  private static final long MIN_OOM_SCORE = 3;
  private static final long LAST_TO_DIE = -997;
  private static final String NODE_CRITICAL = "system-node-critical";

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

    static Qos of(Pod pod) {
      boolean nothing = true;
      boolean everything = true;
      for (Container container : all(pod).toList()) {
        for (String resource : new String[] {"cpu", "memory"}) {
          OptionalLong limit = milli(limits(container), resource);
          OptionalLong request = milli(requests(container), resource);
          nothing &= limit.orElse(0) == 0 && request.orElse(0) == 0;
          everything &=
              limit.orElse(0) > 0
                  && (request.isEmpty() || request.getAsLong() == limit.getAsLong());
        }
      }
      return nothing ? BEST_EFFORT : everything ? GUARANTEED : BURSTABLE;
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

  static Map<String, Quantity> limits(
      @org.jspecify.annotations.Nullable ResourceRequirements resources) {
    return resources == null || resources.getLimits() == null ? Map.of() : resources.getLimits();
  }

  static Map<String, Quantity> requests(
      @org.jspecify.annotations.Nullable ResourceRequirements resources) {
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
        long request = bytes(requests(container), "memory").orElse(0);
        long score = 1000 - 1000 * request / Math.max(nodeMemory, 1);
        yield Math.clamp(score, MIN_OOM_SCORE, 999);
      }
    };
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
