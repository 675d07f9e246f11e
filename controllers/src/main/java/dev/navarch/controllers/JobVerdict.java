package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.SuccessPolicyRule;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Whether a job is lost or won: the condition that announces it, which stays once it is written.
final class JobVerdict {
  private JobVerdict() {}

  static Optional<JobCondition> of(JobRun run) {
    return announced(run).or(() -> lost(run)).or(() -> wonByPolicy(run));
  }

  /// Enough pods succeeded, and none runs any more.
  static Optional<JobCondition> completed(JobRun run, int active) {
    Integer wanted = run.job.getSpec().getCompletions();
    boolean enough = wanted == null ? run.succeeded() > 0 : run.succeeded() >= wanted;
    return enough && active == 0
        ? Optional.of(won(run, "CompletionsReached", "Reached expected number of succeeded pods"))
        : Optional.empty();
  }

  /// How long the job may still run.
  static Optional<Duration> timeLeft(JobRun run) {
    Long deadline = run.job.getSpec().getActiveDeadlineSeconds();
    return deadline == null || run.status.getStartTime() == null || run.isSuspended()
        ? Optional.empty()
        : Optional.of(
            Duration.between(
                run.now, Pods.instant(run.status.getStartTime()).plusSeconds(deadline)));
  }

  private static Optional<JobCondition> announced(JobRun run) {
    return Stream.of(JobConditions.FAILURE_TARGET, JobConditions.SUCCESS_CRITERIA_MET)
        .flatMap(type -> JobConditions.find(run.status, type).stream())
        .filter(one -> "True".equals(one.getStatus()))
        .findFirst();
  }

  private static Optional<JobCondition> lost(JobRun run) {
    Optional<String> byPolicy =
        run.pods.stream()
            .filter(pod -> JobPods.isFailed(run.job, pod))
            .flatMap(
                pod ->
                    JobFailurePolicy.judge(run.job, pod)
                            instanceof JobFailurePolicy.Outcome.FailsJob(String message)
                        ? Stream.of(message)
                        : Stream.empty())
            .findFirst();
    if (byPolicy.isPresent()) {
      return Optional.of(lost(run, "PodFailurePolicy", byPolicy.get()));
    }
    if (isPastLimit(run)) {
      return Optional.of(
          lost(run, "BackoffLimitExceeded", "Job has reached the specified backoff limit"));
    }
    if (timeLeft(run).filter(left -> !left.isPositive()).isPresent()) {
      return Optional.of(
          lost(run, "DeadlineExceeded", "Job was active longer than specified deadline"));
    }
    return run.isPerIndex() ? lostByIndexes(run) : Optional.empty();
  }

  private static Optional<JobCondition> lostByIndexes(JobRun run) {
    Integer most = run.job.getSpec().getMaxFailedIndexes();
    int failed = run.failedIndexes.total();
    if (most != null && failed > most) {
      return Optional.of(
          lost(
              run,
              "MaxFailedIndexesExceeded",
              "Job has exceeded the specified maximal number of failed indexes"));
    }
    return failed > 0 && failed + run.done.total() >= run.completions()
        ? Optional.of(lost(run, "FailedIndexes", "Job has failed indexes"))
        : Optional.empty();
  }

  /// More pods failed than may; or, where containers start anew in their pods, these did so too
  /// often.
  private static boolean isPastLimit(JobRun run) {
    JobSpec spec = run.job.getSpec();
    int limit = spec.getBackoffLimit() == null ? 6 : spec.getBackoffLimit();
    if (run.failed() > limit) {
      return true;
    }
    if (!"OnFailure".equals(spec.getTemplate().getSpec().getRestartPolicy())) {
      return false;
    }
    int restarts =
        run.pods.stream()
            .filter(pod -> List.of("Running", "Pending").contains(Pods.phase(pod)))
            .mapToInt(JobPods::restarts)
            .sum();
    return limit == 0 ? restarts > 0 : restarts >= limit;
  }

  private static Optional<JobCondition> wonByPolicy(JobRun run) {
    if (run.job.getSpec().getSuccessPolicy() == null || !run.isIndexed()) {
      return Optional.empty();
    }
    List<SuccessPolicyRule> rules = run.job.getSpec().getSuccessPolicy().getRules();
    for (int at = 0; at < rules.size(); at++) {
      if (isMet(rules.get(at), run)) {
        return Optional.of(won(run, "SuccessPolicy", "Matched rules at index " + at));
      }
    }
    return Optional.empty();
  }

  private static boolean isMet(SuccessPolicyRule rule, JobRun run) {
    if (rule.getSucceededIndexes() == null) {
      return rule.getSucceededCount() != null && run.done.total() >= rule.getSucceededCount();
    }
    JobIndexes wanted = JobIndexes.parse(rule.getSucceededIndexes(), run.completions());
    int enough = rule.getSucceededCount() == null ? wanted.total() : rule.getSucceededCount();
    return wanted.totalIn(run.done) >= enough;
  }

  private static JobCondition lost(JobRun run, String reason, String message) {
    return JobConditions.of(JobConditions.FAILURE_TARGET, "True", reason, message, run.now);
  }

  private static JobCondition won(JobRun run, String reason, String message) {
    return JobConditions.of(JobConditions.SUCCESS_CRITERIA_MET, "True", reason, message, run.now);
  }

  static boolean isLoss(JobCondition verdict) {
    return JobConditions.FAILURE_TARGET.equals(verdict.getType());
  }

  /// Whether a pod that did not succeed counts as failed: all that a lost job stops do.
  static boolean isFailed(Pod pod, JobRun run, Optional<JobCondition> verdict) {
    return (JobPods.isFailed(run.job, pod) || verdict.filter(JobVerdict::isLoss).isPresent())
        && run.counts(pod);
  }
}
