package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How long a failing job waits before its next pod: ten seconds after the first failure, then
/// twice as long each time, up to ten minutes. A success ends it. What was seen of pods is
/// remembered after they are gone; a controller that starts anew knows of those that are left.
final class JobBackoff {
  private static final Duration FIRST = Duration.ofSeconds(10);
  private static final Duration LAST = Duration.ofMinutes(10);

  /// With so many failures the wait is longest; more need not be remembered.
  private static final int MOST = 8;

  private final Map<String, Instant> failures = new HashMap<>();
  private final String job;
  private Instant lastSuccess = Instant.MIN;

  private JobBackoff(String job) {
    this.job = job;
  }

  /// @param known of a job of this name, which may have been another one
  static JobBackoff of(Job job, @Nullable JobBackoff known) {
    String uid = job.getMetadata().getUid();
    return known != null && known.job.equals(uid) ? known : new JobBackoff(uid);
  }

  /// Remembers how pods ended, whoever deletes them afterwards. Those that the job let go of before
  /// they ended are none of its failures.
  void note(Job job, List<Pod> pods) {
    for (Pod pod : pods) {
      if (!JobPods.isHeld(pod) && Pods.isDeleting(pod)) {
        continue;
      }
      if (Pods.phase(pod).equals("Succeeded")) {
        Instant end = JobPods.finished(pod);
        lastSuccess = end.isAfter(lastSuccess) ? end : lastSuccess;
      } else if (JobPods.isFailed(job, pod)) {
        failures.putIfAbsent(pod.getMetadata().getUid(), JobPods.finished(pod));
      }
    }
    failures.values().removeIf(end -> !end.isAfter(lastSuccess));
    if (failures.size() > MOST) {
      List<String> newest =
          failures.entrySet().stream()
              .sorted(Map.Entry.<String, Instant>comparingByValue().reversed())
              .limit(MOST)
              .map(Map.Entry::getKey)
              .toList();
      failures.keySet().retainAll(newest);
    }
  }

  /// For the job as a whole.
  Duration left(Instant now) {
    return failures.isEmpty()
        ? Duration.ZERO
        : left(failures.size(), Collections.max(failures.values()), now);
  }

  /// For the index of this failed pod.
  static Duration left(JobRun run, Pod failed) {
    JobPods.Failures failures = JobPods.with(run.job, failed);
    return left(failures.counted() + failures.ignored(), JobPods.finished(failed), run.now);
  }

  private static Duration left(int failures, Instant last, Instant now) {
    Duration wait = FIRST.multipliedBy(1L << Math.min(failures - 1, 10));
    Instant until = last.plus(wait.compareTo(LAST) > 0 ? LAST : wait);
    Duration left = Duration.between(now, until);
    return left.isPositive() ? left : Duration.ZERO;
  }
}
