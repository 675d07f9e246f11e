package dev.navarch.scheduler;

import dev.navarch.api.Quantity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/// Resources by name: `cpu` in millicores, everything else in its own unit (bytes, pieces).
public record Amounts(Map<String, Long> byName) {
  public static final Amounts NONE = new Amounts(Map.of());
  public static final String CPU = "cpu";
  public static final String MEMORY = "memory";
  public static final String PODS = "pods";

  public Amounts {
    byName = Map.copyOf(byName);
  }

  public static Amounts of(
      @Nullable Map<String, io.fabric8.kubernetes.api.model.Quantity> quantities) {
    if (quantities == null || quantities.isEmpty()) {
      return NONE;
    }
    Map<String, Long> amounts = new HashMap<>();
    quantities.forEach(
        (name, quantity) -> {
          Quantity parsed = Quantity.parse(quantity.toString());
          amounts.put(name, name.equals(CPU) ? parsed.milliValue() : parsed.value());
        });
    return new Amounts(amounts);
  }

  /// What a pod asks of its node: its containers together, or its hungriest init container beside
  /// the sidecars that were started before it; what the pod as a whole states goes before that; and
  /// its overhead.
  ///
  /// @param unstated what a container counts for where it states nothing
  public static Amounts requestedBy(Pod pod, Amounts unstated) {
    Amounts running = NONE;
    for (Container container : pod.getSpec().getContainers()) {
      running = running.plus(requests(container, unstated));
    }
    Amounts sidecars = NONE;
    Amounts peak = NONE;
    if (pod.getSpec().getInitContainers() != null) {
      for (Container container : pod.getSpec().getInitContainers()) {
        if ("Always".equals(container.getRestartPolicy())) {
          sidecars = sidecars.plus(requests(container, unstated));
          peak = peak.max(sidecars);
        } else {
          peak = peak.max(sidecars.plus(requests(container, unstated)));
        }
      }
    }
    return running
        .plus(sidecars)
        .max(peak)
        .overriddenBy(stated(pod.getSpec().getResources()))
        .plus(of(pod.getSpec().getOverhead()));
  }

  private static Amounts requests(Container container, Amounts unstated) {
    return unstated.overriddenBy(stated(container.getResources()));
  }

  private static Amounts stated(@Nullable ResourceRequirements resources) {
    return resources == null ? NONE : of(resources.getRequests());
  }

  public long get(String name) {
    return byName.getOrDefault(name, 0L);
  }

  public Amounts plus(Amounts other) {
    return merged(other, Long::sum);
  }

  public Amounts minus(Amounts other) {
    Map<String, Long> result = new HashMap<>(byName);
    other.byName.forEach((name, amount) -> result.merge(name, -amount, Long::sum));
    return new Amounts(result);
  }

  public Amounts max(Amounts other) {
    return merged(other, Math::max);
  }

  private Amounts overriddenBy(Amounts other) {
    return merged(other, (ours, theirs) -> theirs);
  }

  private Amounts merged(Amounts other, BinaryOperator<Long> operation) {
    if (other.byName.isEmpty()) {
      return this;
    }
    if (byName.isEmpty()) {
      return other;
    }
    Map<String, Long> result = new HashMap<>(byName);
    other.byName.forEach((name, amount) -> result.merge(name, amount, operation));
    return new Amounts(result);
  }
}
