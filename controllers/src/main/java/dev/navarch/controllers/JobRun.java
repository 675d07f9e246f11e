package dev.navarch.controllers;

import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.fabric8.kubernetes.api.model.batch.v1.UncountedTerminatedPods;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// A job with its pods as one reconcile sees them, and the status that is going to be written.
///
/// A pod's end is counted once: its uid is written into `uncountedTerminatedPods`, then its
/// finalizer goes, then the uid turns into a number. Whoever stops in between goes on from there.
final class JobRun {
  final Job job;
  final List<Pod> pods;
  final JobBackoff backoff;
  final Instant now;
  final JobStatus status;
  final List<Pod> active;
  final Set<String> uncountedSucceeded;
  final Set<String> uncountedFailed;

  /// Indexes that were done before, and those that are done now, too.
  final JobIndexes doneBefore;

  final JobIndexes done;
  final JobIndexes failedIndexes;

  /// The last failed pod of each index that has no other: it stays until its successor is there,
  /// which has to know how often the index failed.
  final Map<Integer, Pod> lastFailures;

  JobRun(Job seen, List<Pod> pods, JobBackoff backoff, Instant now) {
    this.job = Objects.copy(seen);
    this.pods = pods;
    this.backoff = backoff;
    this.now = now;
    backoff.note(job, pods);
    if (job.getStatus() == null) {
      job.setStatus(new JobStatus());
    }
    this.status = job.getStatus();
    this.active = pods.stream().filter(Pods::isActive).toList();
    settleCounts();
    UncountedTerminatedPods uncounted = status.getUncountedTerminatedPods();
    this.uncountedSucceeded = new HashSet<>(uncounted.getSucceeded());
    this.uncountedFailed = new HashSet<>(uncounted.getFailed());
    this.doneBefore =
        isIndexed()
            ? JobIndexes.parse(status.getCompletedIndexes(), completions())
            : JobIndexes.NONE;
    this.done = doneBefore.with(newlyDone());
    this.failedIndexes = isPerIndex() ? failedIndexes() : JobIndexes.NONE;
    this.lastFailures = isPerIndex() ? lastFailures() : Map.of();
  }

  boolean isIndexed() {
    return "Indexed".equals(job.getSpec().getCompletionMode());
  }

  boolean isPerIndex() {
    return isIndexed() && job.getSpec().getBackoffLimitPerIndex() != null;
  }

  boolean isSuspended() {
    return Boolean.TRUE.equals(job.getSpec().getSuspend());
  }

  int completions() {
    return Numbers.orZero(job.getSpec().getCompletions());
  }

  int succeeded() {
    if (isIndexed()) {
      return done.total();
    }
    return Numbers.orZero(status.getSucceeded())
        + uncountedSucceeded.size()
        + (int) newlyFinished().filter(pod -> Pods.phase(pod).equals("Succeeded")).count();
  }

  int failed() {
    return failedBefore()
        + (int) newlyFinished().filter(pod -> JobPods.isFailed(job, pod) && counts(pod)).count();
  }

  int terminating() {
    return (int) pods.stream().filter(Pods::isTerminating).count();
  }

  /// Whether a pod of an index that the job has at all, or of a job without any.
  boolean hasItsPlace(Pod pod) {
    return !isIndexed() || JobPods.index(pod).orElse(Integer.MAX_VALUE) < completions();
  }

  /// Whether a failure of this pod is held against the job.
  boolean counts(Pod pod) {
    return hasItsPlace(pod)
        && !(JobFailurePolicy.judge(job, pod) instanceof JobFailurePolicy.Outcome.Ignored);
  }

  private int failedBefore() {
    return Numbers.orZero(status.getFailed()) + uncountedFailed.size();
  }

  private Stream<Pod> newlyFinished() {
    return pods.stream()
        .filter(JobPods::isHeld)
        .filter(pod -> !isUncounted(pod))
        .filter(pod -> Pods.isFinished(pod) || JobPods.isFailed(job, pod));
  }

  private boolean isUncounted(Pod pod) {
    String uid = pod.getMetadata().getUid();
    return uncountedSucceeded.contains(uid) || uncountedFailed.contains(uid);
  }

  /// Uids of pods that were let go turn into numbers.
  private void settleCounts() {
    UncountedTerminatedPods before = status.getUncountedTerminatedPods();
    UncountedTerminatedPods left = new UncountedTerminatedPods();
    if (before != null) {
      Set<String> held = new HashSet<>();
      pods.stream().filter(JobPods::isHeld).forEach(pod -> held.add(pod.getMetadata().getUid()));
      left.setSucceeded(before.getSucceeded().stream().filter(held::contains).toList());
      left.setFailed(before.getFailed().stream().filter(held::contains).toList());
      add(
          before.getSucceeded().size() - left.getSucceeded().size(),
          before.getFailed().size() - left.getFailed().size());
    }
    status.setUncountedTerminatedPods(left);
  }

  /// Adds to the counts of pods whose end is settled.
  void add(int succeeded, int failed) {
    if (succeeded > 0) {
      status.setSucceeded(Numbers.orZero(status.getSucceeded()) + succeeded);
    }
    if (failed > 0) {
      status.setFailed(Numbers.orZero(status.getFailed()) + failed);
    }
  }

  private List<Integer> newlyDone() {
    List<Integer> indexes = new ArrayList<>();
    if (isIndexed()) {
      for (Pod pod : pods) {
        if (Pods.phase(pod).equals("Succeeded") && JobPods.isHeld(pod) && hasItsPlace(pod)) {
          JobPods.index(pod).ifPresent(indexes::add);
        }
      }
    }
    return indexes;
  }

  private JobIndexes failedIndexes() {
    List<Integer> lost = new ArrayList<>();
    for (Pod pod : pods) {
      if (JobPods.isHeld(pod) && JobPods.isFailed(job, pod) && hasItsPlace(pod) && isLost(pod)) {
        JobPods.index(pod).ifPresent(lost::add);
      }
    }
    return JobIndexes.parse(status.getFailedIndexes(), completions()).with(lost);
  }

  private boolean isLost(Pod failed) {
    return JobFailurePolicy.judge(job, failed) instanceof JobFailurePolicy.Outcome.FailsIndex
        || JobPods.with(job, failed).counted()
            > Numbers.orZero(job.getSpec().getBackoffLimitPerIndex());
  }

  private Map<Integer, Pod> lastFailures() {
    Map<Integer, Pod> last = new HashMap<>();
    Set<Integer> succeededBy = new HashSet<>();
    active.forEach(pod -> JobPods.index(pod).ifPresent(succeededBy::add));
    for (Pod pod : pods) {
      int index = JobPods.index(pod).orElse(-1);
      if (index >= 0
          && index < completions()
          && JobPods.isHeld(pod)
          && JobPods.isFailed(job, pod)
          && !succeededBy.contains(index)
          && !done.contains(index)
          && !failedIndexes.contains(index)) {
        last.merge(index, pod, (a, b) -> tries(a) > tries(b) ? a : b);
      }
    }
    return last;
  }

  private static int tries(Pod pod) {
    JobPods.Failures before = JobPods.before(pod);
    return before.counted() + before.ignored();
  }
}
