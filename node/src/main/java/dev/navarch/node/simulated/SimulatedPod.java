package dev.navarch.node.simulated;

import dev.navarch.api.ApiException;
import dev.navarch.api.GoDuration;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a pod without containers says of itself: everything in it runs and is ready from the first
/// moment, until its time is over.
record SimulatedPod(Pod pod) {
  /// How long a pod that does not restart runs, as `5s`; without it, for ever.
  static final String DURATION = "navarch.dev/simulated-duration";

  private static final int KILLED = 137;

  boolean isStarted() {
    return "Running".equals(phase()) || isFinished();
  }

  boolean isFinished() {
    return "Succeeded".equals(phase()) || "Failed".equals(phase());
  }

  boolean isDeleting() {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }

  /// Whether nothing is left for a node to do about the deletion.
  boolean isGivenUp() {
    Long grace = pod.getMetadata().getDeletionGracePeriodSeconds();
    return isDeleting() && grace != null && grace == 0;
  }

  /// Whether somebody wants to see how it ended.
  boolean isAwaited() {
    return !pod.getMetadata().getFinalizers().isEmpty();
  }

  /// When it completes; empty for a pod that does not.
  ///
  /// @throws IllegalArgumentException when its annotation is no duration
  Optional<Instant> end() {
    String text = pod.getMetadata().getAnnotations().get(DURATION);
    String started = pod.getStatus() == null ? null : pod.getStatus().getStartTime();
    return text == null || started == null || "Always".equals(pod.getSpec().getRestartPolicy())
        ? Optional.empty()
        : Optional.of(Instant.parse(started).plus(duration(text)));
  }

  PodStatus running(String address, Instant now) {
    String stamp = stamp(now);
    ContainerState runs = new ContainerStateBuilder().withNewRunning(stamp).build();
    return new PodStatusBuilder()
        .withObservedGeneration(pod.getMetadata().getGeneration())
        .withPhase("Running")
        .withStartTime(stamp)
        .withPodIP(address)
        .addNewPodIP(address)
        .withConditions(
            condition("PodReadyToStartContainers", true, null, stamp),
            condition("Initialized", true, null, stamp),
            ready(stamp),
            condition("ContainersReady", true, null, stamp))
        .withInitContainerStatuses(
            pod.getSpec().getInitContainers().stream()
                .map(
                    init ->
                        "Always".equals(init.getRestartPolicy())
                            ? status(init, runs, true)
                            : status(init, ended(stamp, stamp, 0), true))
                .toList())
        .withContainerStatuses(
            pod.getSpec().getContainers().stream().map(one -> status(one, runs, true)).toList())
        .build();
  }

  PodStatus succeeded(Instant now) {
    return finished("Succeeded", "PodCompleted", 0, now).build();
  }

  PodStatus killed(Instant now) {
    return finished("Failed", "PodFailed", KILLED, now).build();
  }

  PodStatus failed(String reason, String message, Instant now) {
    return finished("Failed", "PodFailed", 1, now).withReason(reason).withMessage(message).build();
  }

  /// The conditions that followed the pod's readiness gates, if they have moved.
  Optional<PodStatus> readinessMoved(Instant now) {
    PodCondition ready = ready(stamp(now));
    boolean same = isTrue("Ready") == "True".equals(ready.getStatus());
    return same
        ? Optional.empty()
        : Optional.of(new PodStatusBuilder().withConditions(ready).build());
  }

  private PodStatusBuilder finished(String phase, String reason, int exitCode, Instant now) {
    String stamp = stamp(now);
    String known = pod.getStatus() == null ? null : pod.getStatus().getStartTime();
    String started = known == null ? stamp : known;
    return new PodStatusBuilder()
        .withObservedGeneration(pod.getMetadata().getGeneration())
        .withPhase(phase)
        .withStartTime(started)
        .withConditions(
            condition("Initialized", true, reason, stamp),
            condition("Ready", false, reason, stamp),
            condition("ContainersReady", false, reason, stamp))
        .withContainerStatuses(
            pod.getSpec().getContainers().stream()
                .map(one -> status(one, ended(started, stamp, exitCode), false))
                .toList());
  }

  private ContainerStatus status(Container container, ContainerState state, boolean ready) {
    return new ContainerStatusBuilder()
        .withName(container.getName())
        .withImage(container.getImage())
        .withImageID("simulated://" + container.getImage())
        .withContainerID(
            "simulated://%s/%s".formatted(pod.getMetadata().getUid(), container.getName()))
        .withReady(ready)
        .withStarted(state.getRunning() != null)
        .withRestartCount(0)
        .withState(state)
        .build();
  }

  private static ContainerState ended(String started, String stamp, int exitCode) {
    return new ContainerStateBuilder()
        .withNewTerminated()
        .withReason(exitCode == 0 ? "Completed" : "Error")
        .withExitCode(exitCode)
        .withStartedAt(started)
        .withFinishedAt(stamp)
        .endTerminated()
        .build();
  }

  private PodCondition ready(String stamp) {
    boolean open =
        pod.getSpec().getReadinessGates().stream()
            .allMatch(gate -> isTrue(gate.getConditionType()));
    return condition("Ready", open, open ? null : "ReadinessGatesNotReady", stamp);
  }

  private boolean isTrue(String type) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(one -> type.equals(one.getType()) && "True".equals(one.getStatus()));
  }

  private PodCondition condition(
      String type, boolean holds, @Nullable String reason, String stamp) {
    return new PodConditionBuilder()
        .withType(type)
        .withStatus(holds ? "True" : "False")
        .withReason(reason)
        .withObservedGeneration(pod.getMetadata().getGeneration())
        .withLastTransitionTime(stamp)
        .build();
  }

  private @Nullable String phase() {
    return pod.getStatus() == null ? null : pod.getStatus().getPhase();
  }

  private static Duration duration(String text) {
    try {
      return GoDuration.parse(text);
    } catch (ApiException e) {
      throw new IllegalArgumentException(
          "annotation %s: found \"%s\", expected a duration such as 5s".formatted(DURATION, text),
          e);
    }
  }

  private static String stamp(Instant now) {
    return now.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
