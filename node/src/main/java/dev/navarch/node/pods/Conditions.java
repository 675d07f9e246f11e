package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The pod conditions that the node owns; those of others (`PodScheduled`, gates) stay as they are.
record Conditions(Pod pod, PodStatus status, PodStatus before, Instant now) {
  private static final List<String> OWN =
      List.of(
          "PodReadyToStartContainers",
          "Initialized",
          "Ready",
          "ContainersReady",
          "AllContainersRestarting",
          "PodResizePending",
          "PodResizeInProgress");

  private record Verdict(boolean holds, @Nullable String reason, @Nullable String message) {
    static final Verdict YES = new Verdict(true, null, null);
  }

  /// The status with the conditions that others own as `shown` has them.
  static PodStatus withOthers(PodStatus status, PodStatus shown) {
    List<PodCondition> conditions = new ArrayList<>();
    status.getConditions().stream()
        .filter(condition -> OWN.contains(condition.getType()))
        .forEach(conditions::add);
    shown.getConditions().stream()
        .filter(condition -> !OWN.contains(condition.getType()))
        .forEach(conditions::add);
    return new PodStatusBuilder(status).withConditions(conditions).build();
  }

  /// Adds that the pod had to go for the node's sake; it does not count against a Job then.
  static void disrupted(Pod pod, String message, PodStatus status, Instant now) {
    String since =
        status.getConditions().stream()
            .filter(condition -> condition.getType().equals("DisruptionTarget"))
            .map(PodCondition::getLastTransitionTime)
            .findFirst()
            .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
    status.getConditions().removeIf(each -> each.getType().equals("DisruptionTarget"));
    status
        .getConditions()
        .add(
            new PodConditionBuilder()
                .withType("DisruptionTarget")
                .withStatus("True")
                .withReason("TerminationByKubelet")
                .withMessage(message)
                .withLastTransitionTime(since)
                .withObservedGeneration(pod.getMetadata().getGeneration())
                .build());
  }

  List<PodCondition> all(boolean network, boolean initialised) {
    Verdict containers = containersReady();
    List<PodCondition> all = new ArrayList<>();
    all.add(condition("PodReadyToStartContainers", new Verdict(network, null, null)));
    all.add(condition("Initialized", initialised(initialised)));
    all.add(condition("Ready", containers.holds() ? gates() : containers));
    all.add(condition("ContainersReady", containers));
    before.getConditions().stream()
        .filter(condition -> !OWN.contains(condition.getType()))
        .forEach(all::add);
    if (all.stream().noneMatch(condition -> condition.getType().equals("PodScheduled"))) {
      all.add(condition("PodScheduled", Verdict.YES));
    }
    return all;
  }

  private Verdict initialised(boolean holds) {
    if ("Succeeded".equals(status.getPhase())) {
      return new Verdict(true, "PodCompleted", null);
    }
    return holds
        ? Verdict.YES
        : new Verdict(
            false,
            "ContainersNotInitialized",
            "containers with incomplete status: "
                + names(
                    status.getInitContainerStatuses().stream()
                        .filter(init -> !isThrough(init))
                        .toList()));
  }

  private boolean isThrough(ContainerStatus init) {
    boolean sidecar =
        Containers.named(pod, init.getName()).filter(Containers::isSidecar).isPresent();
    return Boolean.TRUE.equals(sidecar ? init.getStarted() : init.getReady());
  }

  private Verdict containersReady() {
    switch (Objects.requireNonNullElse(status.getPhase(), "")) {
      case "Succeeded" -> {
        return new Verdict(false, "PodCompleted", null);
      }
      case "Failed" -> {
        return new Verdict(false, "PodFailed", null);
      }
      default -> {}
    }
    List<ContainerStatus> unready = new ArrayList<>();
    for (ContainerStatus container : status.getInitContainerStatuses()) {
      Optional<Container> spec = Containers.named(pod, container.getName());
      if (spec.filter(Containers::isSidecar).isPresent() && !container.getReady()) {
        unready.add(container);
      }
    }
    status.getContainerStatuses().stream().filter(c -> !c.getReady()).forEach(unready::add);
    return unready.isEmpty()
        ? Verdict.YES
        : new Verdict(
            false, "ContainersNotReady", "containers with unready status: " + names(unready));
  }

  /// `AllContainersRestarting`, for a pod whose containers were restarted together at least once.
  Optional<PodCondition> restarting(Observation seen) {
    if (seen.life(pod) == 0) {
      return Optional.empty();
    }
    String message =
        seen.trigger(pod)
            .map(
                ended ->
                    "Container %s exited with code %d, triggering pod restart"
                        .formatted(ended.name(), ended.status().getExitCode()))
            .or(
                () ->
                    before.getConditions().stream()
                        .filter(old -> old.getType().equals("AllContainersRestarting"))
                        .map(PodCondition::getMessage)
                        .findFirst())
            .orElse(null);
    return Optional.of(
        condition(
            "AllContainersRestarting",
            new Verdict(seen.isRestarting(pod), "ContainerExited", message)));
  }

  private Verdict gates() {
    List<String> closed = new ArrayList<>();
    for (PodReadinessGate gate : pod.getSpec().getReadinessGates()) {
      String type = gate.getConditionType();
      Optional<PodCondition> condition =
          before.getConditions().stream().filter(c -> c.getType().equals(type)).findFirst();
      if (condition.isEmpty()) {
        closed.add(
            "corresponding condition of pod readiness gate \"%s\" does not exist.".formatted(type));
      } else if (!"True".equals(condition.get().getStatus())) {
        closed.add(
            "the status of pod readiness gate \"%s\" is not \"True\", but %s"
                .formatted(type, condition.get().getStatus()));
      }
    }
    return closed.isEmpty()
        ? Verdict.YES
        : new Verdict(false, "ReadinessGatesNotReady", String.join(", ", closed));
  }

  private PodCondition condition(String type, Verdict verdict) {
    String holds = verdict.holds() ? "True" : "False";
    String since =
        before.getConditions().stream()
            .filter(old -> old.getType().equals(type) && holds.equals(old.getStatus()))
            .map(PodCondition::getLastTransitionTime)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
    return new PodConditionBuilder()
        .withType(type)
        .withStatus(holds)
        .withReason(verdict.reason())
        .withMessage(verdict.message())
        .withLastTransitionTime(since)
        .withObservedGeneration(pod.getMetadata().getGeneration())
        .build();
  }

  private static String names(List<ContainerStatus> containers) {
    return "[" + String.join(" ", containers.stream().map(ContainerStatus::getName).toList()) + "]";
  }
}
