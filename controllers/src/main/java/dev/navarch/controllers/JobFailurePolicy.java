package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnExitCodesRequirement;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnPodConditionsPattern;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a job makes of a pod's failure: the first rule of its policy that fits decides.
final class JobFailurePolicy {

  /// What the policy says of one failed pod.
  sealed interface Outcome {
    /// The failure counts towards the back-off limit, as it does without a policy.
    record Counts() implements Outcome {}

    /// Nobody holds it against the job; the pod is replaced.
    record Ignored() implements Outcome {}

    /// The pod's index is not tried again.
    record FailsIndex() implements Outcome {}

    /// The whole job is lost.
    record FailsJob(String message) implements Outcome {}
  }

  private static final Outcome COUNTS = new Outcome.Counts();

  private JobFailurePolicy() {}

  static Outcome judge(Job job, Pod pod) {
    if (job.getSpec().getPodFailurePolicy() == null) {
      return COUNTS;
    }
    List<PodFailurePolicyRule> rules = job.getSpec().getPodFailurePolicy().getRules();
    for (int at = 0; at < rules.size(); at++) {
      PodFailurePolicyRule rule = rules.get(at);
      Optional<String> why = match(rule, pod);
      if (why.isPresent()) {
        String message =
            "%s matching %s rule at index %d".formatted(why.get(), rule.getAction(), at);
        Optional<Outcome> outcome = outcome(job, rule.getAction(), message);
        if (outcome.isPresent()) {
          return outcome.get();
        }
      }
    }
    return COUNTS;
  }

  /// Empty for an action that this job cannot take: the next rule may fit.
  private static Optional<Outcome> outcome(Job job, String action, String message) {
    return switch (action) {
      case "Ignore" -> Optional.of(new Outcome.Ignored());
      case "FailJob" -> Optional.of(new Outcome.FailsJob(message));
      case "FailIndex" ->
          job.getSpec().getBackoffLimitPerIndex() == null
              ? Optional.empty()
              : Optional.of(new Outcome.FailsIndex());
      case "Count" -> Optional.of(COUNTS);
      default -> Optional.empty();
    };
  }

  /// What of the pod fits a rule, in words.
  private static Optional<String> match(PodFailurePolicyRule rule, Pod pod) {
    if (rule.getOnExitCodes() != null) {
      return exits(pod)
          .filter(status -> fits(rule.getOnExitCodes(), status))
          .findFirst()
          .map(
              status ->
                  "Container %s for pod %s failed with exit code %d"
                      .formatted(
                          status.getName(),
                          name(pod),
                          status.getState().getTerminated().getExitCode()));
    }
    return conditions(pod).stream()
        .filter(condition -> rule.getOnPodConditions().stream().anyMatch(it -> fits(it, condition)))
        .findFirst()
        .map(condition -> "Pod %s has condition %s".formatted(name(pod), condition.getType()));
  }

  private static Stream<ContainerStatus> exits(Pod pod) {
    if (pod.getStatus() == null) {
      return Stream.empty();
    }
    return Stream.of(
            pod.getStatus().getContainerStatuses(), pod.getStatus().getInitContainerStatuses())
        .flatMap(List::stream)
        .filter(status -> status.getState() != null && status.getState().getTerminated() != null);
  }

  private static boolean fits(
      PodFailurePolicyOnExitCodesRequirement wanted, ContainerStatus status) {
    ContainerStateTerminated end = status.getState().getTerminated();
    int code = Numbers.orZero(end.getExitCode());
    if (code == 0
        || (wanted.getContainerName() != null
            && !wanted.getContainerName().equals(status.getName()))) {
      return false;
    }
    return wanted.getValues().contains(code) == "In".equals(wanted.getOperator());
  }

  private static boolean fits(
      PodFailurePolicyOnPodConditionsPattern wanted, PodCondition condition) {
    String status = wanted.getStatus() == null ? "True" : wanted.getStatus();
    return wanted.getType().equals(condition.getType()) && status.equals(condition.getStatus());
  }

  private static List<PodCondition> conditions(Pod pod) {
    return pod.getStatus() == null ? List.of() : pod.getStatus().getConditions();
  }

  private static String name(Pod pod) {
    return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
  }
}
