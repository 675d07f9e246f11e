package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// How long a failing job waits before its next pod: ten seconds after the first failure, then
/// twice as long each time, up to ten minutes. A success ends it.
final class JobBackoff {
  private static final Duration FIRST = Duration.ofSeconds(10);
  private static final Duration LAST = Duration.ofMinutes(10);

  private JobBackoff() {}

  /// For the job as a whole.
  static Duration left(JobRun run) {
    Instant lastSuccess =
        run.pods.stream()
            .filter(pod -> Pods.phase(pod).equals("Succeeded"))
            .map(pod -> JobPods.finished(pod, run.now))
            .max(Instant::compareTo)
            .orElse(Instant.MIN);
    List<Instant> failures =
        run.pods.stream()
            .filter(pod -> JobPods.isFailed(run.job, pod))
            .map(pod -> JobPods.finished(pod, run.now))
            .filter(time -> time.isAfter(lastSuccess))
            .sorted()
            .toList();
    return failures.isEmpty() ? Duration.ZERO : left(failures.size(), failures.getLast(), run.now);
  }

  /// For the index of this failed pod.
  static Duration left(JobRun run, Pod failed) {
    JobPods.Failures failures = JobPods.with(run.job, failed);
    return left(
        failures.counted() + failures.ignored(), JobPods.finished(failed, run.now), run.now);
  }

  private static Duration left(int failures, Instant last, Instant now) {
    Duration wait = FIRST.multipliedBy(1L << Math.min(failures - 1, 10));
    Instant until = last.plus(wait.compareTo(LAST) > 0 ? LAST : wait);
    Duration left = Duration.between(now, until);
    return left.isPositive() ? left : Duration.ZERO;
  }
}
