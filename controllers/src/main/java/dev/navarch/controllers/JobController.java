package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs a job's pods until enough of them succeeded or too many failed, and counts every end once.
final class JobController implements Reconciler<Job> {
  private static final Resource<Job> JOBS = Resource.of(Job.class);
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final String SELF = "kubernetes.io/job-controller";

  private final Lister<Job> jobs;
  private final Cluster cluster;
  private final Claims<Job, Pod> claims;
  private final JobScale scale;
  private final JobTracking tracking;
  private final EventRecorder events;
  private final InstantSource clock;

  private final Map<Key, JobBackoff> backoffs = new ConcurrentHashMap<>();

  private JobController(Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.jobs = on.lister(JOBS);
    this.cluster = cluster;
    this.claims = new Claims<>(cluster, JOBS, PODS, on.lister(PODS), JobPods.TRACKING);
    this.events = events.as("job-controller");
    this.scale = new JobScale(cluster, new PodWrites(cluster, this.events));
    this.tracking = new JobTracking(cluster);
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var reconciler = new JobController(on, cluster, events, clock);
    return Controller.of(JOBS, reconciler)
        .owns(Pod.class)
        .watches(Pod.class, reconciler::adopters)
        .workers(5);
  }

  /// Whether somebody else looks after a job.
  static boolean isForeign(Job job) {
    String manager = job.getSpec().getManagedBy();
    return manager != null && !manager.equals(SELF);
  }

  @Override
  public Result gone(Key key) {
    backoffs.remove(key);
    return Result.done();
  }

  @Override
  public Result reconcile(Job job) {
    if (isForeign(job) || JobConditions.finish(job).isPresent()) {
      backoffs.remove(Key.of(job));
      return Result.done();
    }
    var run =
        new JobRun(
            job,
            claims.settle(job, job.getSpec().getSelector(), pod -> true),
            backoffs.compute(Key.of(job), (key, known) -> JobBackoff.of(job, known)),
            clock.instant());
    if (run.status.getStartTime() == null && !run.isSuspended()) {
      run.status.setStartTime(Pods.timestamp(run.now));
    }
    Optional<JobCondition> verdict = JobVerdict.of(run);
    RuntimeException failure = null;
    JobScale.Outcome scaled = new JobScale.Outcome(run.active.size(), Duration.ZERO);
    if (verdict.isPresent()) {
      scale.stop(run);
    } else if (!Pods.isDeleting(job)) {
      try {
        scaled = scale.apply(run);
      } catch (ApiException e) {
        failure = Created.isGoingAway(e) ? null : e;
      }
      verdict = failure == null ? JobVerdict.completed(run, scaled.active()) : verdict;
      if (verdict.isEmpty() && failure == null) {
        noteSuspension(run);
      }
    }
    boolean more = report(job, run, verdict, scaled.active());
    if (failure != null) {
      throw failure;
    }
    return more ? Result.again() : next(run, scaled.delay());
  }

  private boolean report(Job before, JobRun run, Optional<JobCondition> verdict, int active) {
    JobStatus status = run.status;
    int running = verdict.isPresent() ? 0 : active;
    int terminating = run.terminating() + Math.max(0, verdict.isPresent() ? run.active.size() : 0);
    status.setActive(Numbers.nullIfZero(running));
    status.setReady((int) run.active.stream().filter(Pods::isReady).count());
    status.setTerminating(terminating);
    verdict.ifPresent(
        one -> {
          if (JobConditions.find(status, one.getType()).isEmpty()) {
            JobConditions.put(status, one);
          }
        });
    JobTracking.Outcome counted = tracking.count(run, verdict);
    Optional<JobCondition> end =
        verdict.filter(one -> !counted.more() && terminating == 0).map(one -> finish(run, one));
    if (!status.equals(before.getStatus())) {
      cluster.updateStatus(counted.job());
    }
    end.ifPresent(one -> tell(run.job, one));
    return counted.more();
  }

  private static JobCondition finish(JobRun run, JobCondition verdict) {
    boolean lost = JobVerdict.isLoss(verdict);
    JobCondition end =
        JobConditions.of(
            lost ? JobConditions.FAILED : JobConditions.COMPLETE,
            "True",
            verdict.getReason(),
            verdict.getMessage(),
            run.now);
    JobConditions.put(run.status, end);
    run.status.setReady(0);
    if (!lost) {
      run.status.setCompletionTime(Pods.timestamp(run.now));
    }
    return end;
  }

  private void tell(Job job, JobCondition end) {
    if (JobConditions.FAILED.equals(end.getType())) {
      events.warning(job, end.getReason(), end.getMessage());
    } else {
      events.normal(job, "Completed", "Job completed");
    }
  }

  /// A job that goes on begins its time anew.
  private void noteSuspension(JobRun run) {
    boolean noted = JobConditions.isTrue(run.status, JobConditions.SUSPENDED);
    if (run.isSuspended() && !noted) {
      note(run, "True", "JobSuspended", "Job suspended");
      events.normal(run.job, "Suspended", "Job suspended");
    } else if (!run.isSuspended() && noted) {
      note(run, "False", "JobResumed", "Job resumed");
      run.status.setStartTime(Pods.timestamp(run.now));
      events.normal(run.job, "Resumed", "Job resumed");
    }
  }

  private static void note(JobRun run, String status, String reason, String message) {
    JobConditions.put(
        run.status, JobConditions.of(JobConditions.SUSPENDED, status, reason, message, run.now));
  }

  private static Result next(JobRun run, Duration delay) {
    @Nullable Duration deadline =
        JobVerdict.timeLeft(run).filter(Duration::isPositive).orElse(null);
    if (delay.isPositive()) {
      return Result.after(deadline == null || delay.compareTo(deadline) < 0 ? delay : deadline);
    }
    return deadline == null ? Result.done() : Result.after(deadline);
  }

  private Stream<Key> adopters(Pod pod) {
    return Claims.adopters(pod, jobs, job -> job.getSpec().getSelector());
  }
}
