package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// The pods of jobs: how they are made, and what jobs read in them. Each is held by a finalizer
/// until its end has been counted.
final class JobPods {
  static final String TRACKING = "batch.kubernetes.io/job-tracking";
  static final String INDEX = "batch.kubernetes.io/job-completion-index";
  static final String FAILURES = "batch.kubernetes.io/job-index-failure-count";
  static final String IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count";
  private static final String INDEX_VARIABLE = "JOB_COMPLETION_INDEX";

  /// What the API server leaves of a generated name, so that five random characters fit.
  private static final int MOST_OF_A_NAME = 58;

  /// How often the pods of an index failed.
  ///
  /// @param ignored failures that the job's policy ignores: they delay the next try, no more
  record Failures(int counted, int ignored) {
    static final Failures NONE = new Failures(0, 0);
  }

  private JobPods() {}

  static Pod plain(Job job) {
    Pod pod = Pods.from(job.getSpec().getTemplate(), job);
    hold(pod);
    return pod;
  }

  static Pod indexed(Job job, int index, Failures failures) {
    Pod pod = plain(job);
    ObjectMeta meta = pod.getMetadata();
    String number = Integer.toString(index);
    Map<String, String> annotations = new HashMap<>(Pods.annotations(pod));
    annotations.put(INDEX, number);
    if (job.getSpec().getBackoffLimitPerIndex() != null) {
      annotations.put(FAILURES, Integer.toString(failures.counted()));
      if (failures.ignored() > 0) {
        annotations.put(IGNORED_FAILURES, Integer.toString(failures.ignored()));
      }
    }
    meta.setAnnotations(annotations);
    Map<String, String> labels = new HashMap<>(Pods.labels(pod));
    labels.put(INDEX, number);
    meta.setLabels(labels);
    String name = job.getMetadata().getName();
    String suffix = "-" + number + "-";
    int room = Math.min(name.length(), MOST_OF_A_NAME - suffix.length());
    meta.setGenerateName(name.substring(0, room) + suffix);
    pod.getSpec().setHostname(name + "-" + number);
    pod.getSpec().setContainers(told(pod.getSpec().getContainers()));
    pod.getSpec().setInitContainers(told(pod.getSpec().getInitContainers()));
    return pod;
  }

  static boolean isHeld(Pod pod) {
    return pod.getMetadata().getFinalizers().contains(TRACKING);
  }

  static OptionalInt index(Pod pod) {
    return number(pod, INDEX);
  }

  /// Failed for good. A pod that is being deleted counts as failed at once, unless the job waits
  /// for its end.
  static boolean isFailed(Job job, Pod pod) {
    return Pods.phase(pod).equals("Failed")
        || (!replacesOnlyFailed(job)
            && Pods.isDeleting(pod)
            && !Pods.phase(pod).equals("Succeeded"));
  }

  static boolean replacesOnlyFailed(Job job) {
    return "Failed".equals(job.getSpec().getPodReplacementPolicy());
  }

  /// How often the pods before this one failed.
  static Failures before(Pod pod) {
    return new Failures(number(pod, FAILURES).orElse(0), number(pod, IGNORED_FAILURES).orElse(0));
  }

  /// The same with this pod's own failure.
  static Failures with(Job job, Pod failed) {
    Failures before = before(failed);
    return JobFailurePolicy.judge(job, failed) instanceof JobFailurePolicy.Outcome.Ignored
        ? new Failures(before.counted(), before.ignored() + 1)
        : new Failures(before.counted() + 1, before.ignored());
  }

  /// When a pod ended: by all its containers, by its readiness, by its deletion; one that tells
  /// none of these, when it was made.
  static Instant finished(Pod pod) {
    return ofContainers(pod)
        .or(() -> unready(pod))
        .or(() -> deleted(pod))
        .orElseGet(() -> Pods.created(pod));
  }

  private static Optional<Instant> ofContainers(Pod pod) {
    List<String> sidecars =
        pod.getSpec().getInitContainers().stream()
            .filter(init -> "Always".equals(init.getRestartPolicy()))
            .map(Container::getName)
            .toList();
    List<Optional<Instant>> ends =
        Stream.ofNullable(pod.getStatus())
            .flatMap(
                status ->
                    Stream.concat(
                        status.getContainerStatuses().stream(),
                        status.getInitContainerStatuses().stream()
                            .filter(one -> sidecars.contains(one.getName()))))
            .map(JobPods::end)
            .toList();
    return ends.stream().allMatch(Optional::isPresent)
        ? ends.stream().flatMap(Optional::stream).max(Instant::compareTo)
        : Optional.empty();
  }

  private static Optional<Instant> end(ContainerStatus status) {
    return Optional.ofNullable(status.getState())
        .map(ContainerState::getTerminated)
        .map(ContainerStateTerminated::getFinishedAt)
        .map(Instant::parse);
  }

  private static Optional<Instant> unready(Pod pod) {
    return Stream.ofNullable(pod.getStatus())
        .flatMap(status -> status.getConditions().stream())
        .filter(one -> "Ready".equals(one.getType()) && "False".equals(one.getStatus()))
        .flatMap(one -> Stream.ofNullable(one.getLastTransitionTime()))
        .map(Instant::parse)
        .findFirst();
  }

  static int restarts(Pod pod) {
    return statuses(pod).mapToInt(status -> Numbers.orZero(status.getRestartCount())).sum();
  }

  private static Optional<Instant> deleted(Pod pod) {
    return Optional.ofNullable(pod.getMetadata().getDeletionTimestamp())
        .map(Instant::parse)
        .map(
            time ->
                time.minusSeconds(
                    Numbers.orZero(pod.getMetadata().getDeletionGracePeriodSeconds())));
  }

  private static Stream<ContainerStatus> statuses(Pod pod) {
    return pod.getStatus() == null
        ? Stream.empty()
        : Stream.of(
                pod.getStatus().getInitContainerStatuses(), pod.getStatus().getContainerStatuses())
            .flatMap(List::stream);
  }

  private static void hold(Pod pod) {
    List<String> finalizers = new ArrayList<>(pod.getMetadata().getFinalizers());
    if (!finalizers.contains(TRACKING)) {
      finalizers.add(TRACKING);
    }
    pod.getMetadata().setFinalizers(finalizers);
  }

  /// Containers that find their index in an environment variable, unless they set it themselves.
  private static List<Container> told(List<Container> containers) {
    EnvVar variable =
        new EnvVarBuilder()
            .withName(INDEX_VARIABLE)
            .withNewValueFrom()
            .withNewFieldRef()
            .withFieldPath("metadata.labels['%s']".formatted(INDEX))
            .endFieldRef()
            .endValueFrom()
            .build();
    return containers.stream()
        .map(
            container ->
                container.getEnv().stream().anyMatch(it -> INDEX_VARIABLE.equals(it.getName()))
                    ? container
                    : container.toBuilder().addToEnv(variable).build())
        .toList();
  }

  private static OptionalInt number(Pod pod, String annotation) {
    String text = Pods.annotations(pod).get(annotation);
    return text != null && text.matches("[0-9]{1,9}")
        ? OptionalInt.of(Integer.parseInt(text))
        : OptionalInt.empty();
  }
}
