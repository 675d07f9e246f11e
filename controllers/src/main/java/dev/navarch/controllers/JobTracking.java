package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Parallel;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.UncountedTerminatedPods;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ObjectNode;

/// Counts the ends of a job's pods and lets go of them, each once, whatever happens in between.
record JobTracking(Cluster cluster) {
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  /// So many ends are written down at once; an object has only so much room.
  private static final int MOST = 500;

  /// What became of the pods.
  ///
  /// @param job as it was stored last
  /// @param more whether ends are left to be counted
  record Outcome(Job job, boolean more) {}

  Outcome count(JobRun run, Optional<JobCondition> verdict) {
    List<Pod> leaving = new ArrayList<>();
    List<String> succeeded = new ArrayList<>();
    List<String> failed = new ArrayList<>();
    TreeSet<Integer> indexes = new TreeSet<>();
    boolean more = false;
    for (Pod pod : run.pods) {
      if (!JobPods.isHeld(pod) || !mayLeave(pod, run, verdict)) {
        continue;
      }
      if (succeeded.size() + failed.size() + indexes.size() >= MOST) {
        more = true;
        break;
      }
      leaving.add(pod);
      note(pod, run, verdict, succeeded, failed, indexes);
    }
    UncountedTerminatedPods uncounted = run.status.getUncountedTerminatedPods();
    uncounted.setSucceeded(with(uncounted.getSucceeded(), succeeded));
    uncounted.setFailed(with(uncounted.getFailed(), failed));
    if (run.isIndexed()) {
      JobIndexes done = run.doneBefore.with(indexes);
      run.status.setCompletedIndexes(done.total() == 0 ? null : done.text());
      run.status.setSucceeded(Numbers.nullIfZero(done.total()));
    }
    if (run.isPerIndex()) {
      run.status.setFailedIndexes(run.failedIndexes.text());
    }
    Job job = run.job;
    if (!leaving.isEmpty()) {
      if (!succeeded.isEmpty() || !failed.isEmpty() || !indexes.isEmpty()) {
        job = stored(job, cluster.updateStatus(job));
      }
      Parallel.together(leaving, pod -> release(cluster, pod));
      settle(run, leaving);
    }
    return new Outcome(job, more);
  }

  /// Takes the finalizer from a pod.
  static void release(Cluster cluster, Pod pod) {
    ObjectNode patch = Objects.emptyDocument();
    ObjectNode metadata = patch.putObject("metadata");
    metadata.put("uid", pod.getMetadata().getUid());
    metadata.putArray("$deleteFromPrimitiveList/finalizers").add(JobPods.TRACKING);
    var body = Objects.write(patch);
    try {
      cluster.patch(PODS, Key.of(pod), new Cluster.Patch(Cluster.Patch.Type.STRATEGIC, body), "");
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  /// The job as stored, so that the next write does not conflict with this one.
  private static Job stored(Job job, Job stored) {
    job.getMetadata().setResourceVersion(stored.getMetadata().getResourceVersion());
    return job;
  }

  /// Of the pods that were let go, uids turn into numbers.
  private static void settle(JobRun run, List<Pod> gone) {
    Set<String> uids = new HashSet<>();
    gone.forEach(pod -> uids.add(pod.getMetadata().getUid()));
    UncountedTerminatedPods before = run.status.getUncountedTerminatedPods();
    UncountedTerminatedPods left = new UncountedTerminatedPods();
    left.setSucceeded(before.getSucceeded().stream().filter(uid -> !uids.contains(uid)).toList());
    left.setFailed(before.getFailed().stream().filter(uid -> !uids.contains(uid)).toList());
    run.add(
        before.getSucceeded().size() - left.getSucceeded().size(),
        before.getFailed().size() - left.getFailed().size());
    run.status.setUncountedTerminatedPods(left);
  }

  private static boolean mayLeave(Pod pod, JobRun run, Optional<JobCondition> verdict) {
    if (Pods.isDeleting(run.job) || verdict.isPresent() || Pods.phase(pod).equals("Succeeded")) {
      return true;
    }
    if (!JobPods.isFailed(run.job, pod)) {
      return false;
    }
    int index = JobPods.index(pod).orElse(-1);
    Pod kept = run.lastFailures.get(index);
    return kept == null || !kept.getMetadata().getUid().equals(pod.getMetadata().getUid());
  }

  private static void note(
      Pod pod,
      JobRun run,
      Optional<JobCondition> verdict,
      List<String> succeeded,
      List<String> failed,
      TreeSet<Integer> indexes) {
    String uid = pod.getMetadata().getUid();
    if (run.uncountedSucceeded.contains(uid) || run.uncountedFailed.contains(uid)) {
      return;
    }
    if (Pods.phase(pod).equals("Succeeded")) {
      if (!run.isIndexed()) {
        succeeded.add(uid);
      } else if (run.hasItsPlace(pod)) {
        JobPods.index(pod).ifPresent(indexes::add);
      }
    } else if (JobVerdict.isFailed(pod, run, verdict)) {
      failed.add(uid);
    }
  }

  private static List<String> with(List<String> before, List<String> more) {
    List<String> all = new ArrayList<>(before);
    all.addAll(more);
    return all;
  }
}
