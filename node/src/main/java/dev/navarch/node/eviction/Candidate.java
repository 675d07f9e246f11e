package dev.navarch.node.eviction;

import dev.navarch.api.Quantity;
import dev.navarch.node.pods.PodRequests;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A pod that runs and may have to go.
public record Candidate(Pod pod, PodUsage usage) {
  private static final String DISK = "ephemeral-storage";
  private static final int SYSTEM_CRITICAL = 2_000_000_000;

  /// Who goes first: whoever uses more than was asked for, then who matters least, then who uses
  /// most beyond what was asked for. Of what cannot be asked for, priority and use decide.
  static Comparator<Candidate> order(Signal signal, boolean apart) {
    Comparator<Candidate> byPriority = Comparator.comparingInt(Candidate::priority);
    Comparator<Candidate> byExcess =
        Comparator.comparingLong((Candidate each) -> each.excess(signal, apart)).reversed();
    boolean asked = signal.isMemory() || signal.resource().equals("ephemeral-storage");
    return asked
        ? Comparator.comparing((Candidate each) -> each.excess(signal, apart) <= 0)
            .thenComparing(byPriority)
            .thenComparing(byExcess)
        : byPriority.thenComparing(byExcess);
  }

  private int priority() {
    Integer stated = pod.getSpec().getPriority();
    return stated == null ? 0 : stated;
  }

  private long excess(Signal signal, boolean apart) {
    return usage.of(signal, apart) - PodRequests.of(pod, signal.resource());
  }

  /// What the pod or a container holds beyond its limit of `ephemeral-storage`.
  Optional<String> overStorageLimit(boolean apart) {
    List<Container> containers = pod.getSpec().getContainers();
    boolean whole = containers.stream().allMatch(each -> PodRequests.limit(each, DISK) > 0);
    long limit = containers.stream().mapToLong(each -> PodRequests.limit(each, DISK)).sum();
    if (whole && limit > 0 && usage.of(Signal.NODE_DISK, apart) > limit) {
      return Optional.of(
          "Pod ephemeral local storage usage exceeds the total limit of containers %s. "
              .formatted(Quantity.of(limit, Quantity.Format.BINARY)));
    }
    for (Container container : containers) {
      long most = PodRequests.limit(container, DISK);
      boolean over =
          usage.containers().stream()
              .filter(used -> used.name().equals(container.getName()))
              .anyMatch(used -> PodUsage.disk(used, Signal.NODE_DISK, apart) > most);
      if (most > 0 && over) {
        return Optional.of(
            "Container %s exceeded its local ephemeral storage limit \"%s\". "
                .formatted(container.getName(), Quantity.of(most, Quantity.Format.BINARY)));
      }
    }
    return Optional.empty();
  }

  static boolean hasStorageLimit(Pod pod) {
    return pod.getSpec().getContainers().stream()
        .anyMatch(container -> PodRequests.limit(container, DISK) > 0);
  }

  /// Whether the pod is what the node itself stands on.
  public static boolean isCritical(Pod pod) {
    Integer priority = pod.getSpec().getPriority();
    return isStatic(pod) || (priority != null && priority >= SYSTEM_CRITICAL);
  }

  /// Whether the pod comes from a file of the node.
  public static boolean isStatic(Pod pod) {
    var annotations = pod.getMetadata().getAnnotations();
    return annotations != null
        && (annotations.containsKey("kubernetes.io/config.mirror")
            || !annotations.getOrDefault("kubernetes.io/config.source", "api").equals("api"));
  }
}
