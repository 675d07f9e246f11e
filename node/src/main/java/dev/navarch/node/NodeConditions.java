package dev.navarch.node;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.RuntimeCondition;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Whether the node can take pods, and what it runs short of, in the conditions that schedulers and
/// people read.
///
/// @param pressures what the node runs short of, as conditions
/// @param lastRelist when the runtime last told of its containers
/// @param goingDown whether the machine is shut down
record NodeConditions(
    ContainerRuntime runtime,
    Supplier<Set<String>> pressures,
    Supplier<Instant> lastRelist,
    BooleanSupplier goingDown) {
  private static final Duration RELIST_LIMIT = Duration.ofMinutes(3);

  /// @param before the conditions that were written last
  List<NodeCondition> at(Instant now, List<NodeCondition> before) {
    List<NodeCondition> all = new ArrayList<>();
    all.add(
        pressures.get().contains("MemoryPressure")
            ? condition(
                "MemoryPressure",
                true,
                "KubeletHasInsufficientMemory",
                "kubelet has insufficient memory available")
            : condition(
                "MemoryPressure",
                false,
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available"));
    all.add(
        pressures.get().contains("DiskPressure")
            ? condition("DiskPressure", true, "KubeletHasDiskPressure", "kubelet has disk pressure")
            : condition(
                "DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"));
    all.add(
        pressures.get().contains("PIDPressure")
            ? condition(
                "PIDPressure",
                true,
                "KubeletHasInsufficientPID",
                "kubelet has insufficient PID available")
            : condition(
                "PIDPressure",
                false,
                "KubeletHasSufficientPID",
                "kubelet has sufficient PID available"));
    List<String> problems = problems(now);
    all.add(
        problems.isEmpty()
            ? condition("Ready", true, "KubeletReady", "kubelet is posting ready status")
            : condition(
                "Ready",
                false,
                "KubeletNotReady",
                problems.size() == 1
                    ? problems.getFirst()
                    : "[" + String.join(", ", problems) + "]"));
    String stamp = now.truncatedTo(ChronoUnit.SECONDS).toString();
    all.forEach(
        condition -> {
          condition.setLastHeartbeatTime(stamp);
          condition.setLastTransitionTime(since(condition, before, stamp));
        });
    return all;
  }

  private List<String> problems(Instant now) {
    List<String> problems = new ArrayList<>();
    try {
      for (RuntimeCondition condition : runtime.status().getStatus().getConditionsList()) {
        if (!condition.getStatus()) {
          String part =
              condition.getType().equals("NetworkReady")
                  ? "container runtime network not ready"
                  : "container runtime not ready";
          problems.add(
              "%s: %s=false reason:%s message:%s"
                  .formatted(
                      part, condition.getType(), condition.getReason(), condition.getMessage()));
        }
      }
    } catch (CriException e) {
      problems.add("container runtime is down: " + e.getMessage());
    }
    Duration silence = Duration.between(lastRelist.get(), now);
    if (silence.compareTo(RELIST_LIMIT) > 0) {
      problems.add(
          "PLEG is not healthy: pleg was last seen active %ds ago; threshold is 3m0s"
              .formatted(silence.toSeconds()));
    }
    if (goingDown.getAsBoolean()) {
      problems.add("node is shutting down");
    }
    return problems;
  }

  private static String since(NodeCondition now, List<NodeCondition> before, String stamp) {
    return before.stream()
        .filter(old -> old.getType().equals(now.getType()))
        .filter(old -> Objects.equals(old.getStatus(), now.getStatus()))
        .map(NodeCondition::getLastTransitionTime)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(stamp);
  }

  private static NodeCondition condition(
      String type, boolean holds, String reason, String message) {
    return new NodeConditionBuilder()
        .withType(type)
        .withStatus(holds ? "True" : "False")
        .withReason(reason)
        .withMessage(message)
        .build();
  }
}
