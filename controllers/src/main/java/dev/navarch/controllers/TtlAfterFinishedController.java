package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// Deletes jobs some time after their end, with all that is theirs, where they ask for it.
final class TtlAfterFinishedController implements Reconciler<Job> {
  private static final Resource<Job> JOBS = Resource.of(Job.class);

  private final Cluster cluster;
  private final InstantSource clock;

  private TtlAfterFinishedController(Cluster cluster, InstantSource clock) {
    this.cluster = cluster;
    this.clock = clock;
  }

  static Controller register(Cluster cluster, InstantSource clock) {
    return Controller.of(JOBS, new TtlAfterFinishedController(cluster, clock))
        .name("ttl_jobs_to_delete");
  }

  @Override
  public Result reconcile(Job job) {
    Optional<Instant> end = end(job);
    if (end.isEmpty() || Pods.isDeleting(job)) {
      return Result.done();
    }
    Duration left = Duration.between(clock.instant(), end.get());
    if (left.isPositive()) {
      return Result.after(left);
    }
    try {
      cluster.delete(
          JOBS,
          Key.of(job),
          new Cluster.DeleteOptions(
              null,
              "Foreground",
              job.getMetadata().getUid(),
              job.getMetadata().getResourceVersion()));
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
    return Result.done();
  }

  private static Optional<Instant> end(Job job) {
    Integer seconds = job.getSpec().getTtlSecondsAfterFinished();
    return seconds == null
        ? Optional.empty()
        : JobConditions.finish(job)
            .map(JobCondition::getLastTransitionTime)
            .map(Instant::parse)
            .map(time -> time.plusSeconds(seconds));
  }
}
