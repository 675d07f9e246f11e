package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The jobs of a cron job: how they are named and made, which of them run, and which are thrown
/// away when they are old. What changes is noted in the cron job's status, for the caller to write.
record CronJobs(Cluster cluster, EventRecorder events) {
  private static final Resource<Job> JOBS = Resource.of(Job.class);
  private static final String SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";

  /// Notes who ended and who went missing.
  ///
  /// @return the same jobs
  List<Job> follow(CronJob cronJob, List<Job> jobs) {
    Set<String> active = new HashSet<>();
    cronJob.getStatus().getActive().forEach(one -> active.add(one.getUid()));
    Set<String> there = new HashSet<>();
    for (Job job : jobs) {
      String uid = job.getMetadata().getUid();
      there.add(uid);
      Optional<JobCondition> end = JobConditions.finish(job);
      if (end.isPresent()) {
        if (active.contains(uid)) {
          forget(cronJob, uid);
          events.normal(
              cronJob,
              "SawCompletedJob",
              "Saw completed job: %s, condition: %s"
                  .formatted(job.getMetadata().getName(), end.get().getType()));
        }
        noteSuccess(cronJob, job);
      } else if (!active.contains(uid) && Pods.annotations(job).containsKey(SCHEDULED)) {
        note(cronJob, job);
      }
    }
    for (ObjectReference one : List.copyOf(cronJob.getStatus().getActive())) {
      if (!there.contains(one.getUid())) {
        forget(cronJob, one.getUid());
        events.normal(cronJob, "MissingJob", "Active job went missing: " + one.getName());
      }
    }
    return jobs;
  }

  /// Deletes finished jobs beyond the history that is to be kept.
  void forgetOld(CronJob cronJob, List<Job> jobs) {
    forgetOld(cronJob, jobs, JobConditions.FAILED, cronJob.getSpec().getFailedJobsHistoryLimit());
    forgetOld(
        cronJob, jobs, JobConditions.COMPLETE, cronJob.getSpec().getSuccessfulJobsHistoryLimit());
  }

  private void forgetOld(CronJob cronJob, List<Job> jobs, String end, @Nullable Integer limit) {
    if (limit == null) {
      return;
    }
    List<Job> ended =
        jobs.stream()
            .filter(job -> !Pods.isDeleting(job))
            .filter(
                job -> JobConditions.finish(job).filter(it -> end.equals(it.getType())).isPresent())
            .sorted(
                Comparator.comparing((Job job) -> Pods.instant(job.getStatus().getStartTime()))
                    .thenComparing(job -> job.getMetadata().getName()))
            .toList();
    ended.stream().limit(Math.max(0, ended.size() - limit)).forEach(job -> delete(cronJob, job));
  }

  boolean isActive(CronJob cronJob, Instant time) {
    String name = name(cronJob, time);
    return cronJob.getStatus().getActive().stream().anyMatch(one -> name.equals(one.getName()));
  }

  void endActive(CronJob cronJob) {
    for (ObjectReference one : List.copyOf(cronJob.getStatus().getActive())) {
      cluster
          .find(JOBS, new Key(cronJob.getMetadata().getNamespace(), one.getName()))
          .filter(job -> job.getMetadata().getUid().equals(one.getUid()))
          .ifPresent(job -> delete(cronJob, job));
      forget(cronJob, one.getUid());
    }
  }

  void start(CronJob cronJob, Instant time, ZoneId zone) {
    Job wanted = job(cronJob, time, zone);
    Job job;
    try {
      job = cluster.create(JOBS, wanted);
      events.normal(cronJob, "SuccessfulCreate", "Created job " + job.getMetadata().getName());
    } catch (ApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      job = cluster.get(JOBS, Key.of(wanted));
      if (!OwnerReferences.isControlledBy(job, cronJob)) {
        throw e;
      }
    }
    if (JobConditions.finish(job).isEmpty() && !isActive(cronJob, time)) {
      note(cronJob, job);
    }
  }

  /// Named after the minute that it was due in.
  private static String name(CronJob cronJob, Instant time) {
    return cronJob.getMetadata().getName() + "-" + time.getEpochSecond() / 60;
  }

  private static Job job(CronJob cronJob, Instant time, ZoneId zone) {
    ObjectMeta template =
        Optional.ofNullable(cronJob.getSpec().getJobTemplate().getMetadata())
            .orElseGet(ObjectMeta::new);
    Map<String, String> annotations = new HashMap<>();
    if (template.getAnnotations() != null) {
      annotations.putAll(template.getAnnotations());
    }
    annotations.put(
        SCHEDULED,
        DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
            time.truncatedTo(ChronoUnit.SECONDS).atZone(zone)));
    return new JobBuilder()
        .withNewMetadata()
        .withNamespace(cronJob.getMetadata().getNamespace())
        .withName(name(cronJob, time))
        .withLabels(template.getLabels())
        .withAnnotations(annotations)
        .withOwnerReferences(OwnerReferences.to(cronJob))
        .endMetadata()
        .withSpec(cronJob.getSpec().getJobTemplate().getSpec())
        .build();
  }

  private void delete(CronJob cronJob, Job job) {
    try {
      cluster.delete(
          JOBS,
          Key.of(job),
          new Cluster.DeleteOptions(null, "Background", job.getMetadata().getUid(), null));
      events.normal(cronJob, "SuccessfulDelete", "Deleted job " + job.getMetadata().getName());
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        events.warning(cronJob, "FailedDelete", "Deleted job: " + e.getMessage());
        throw e;
      }
    }
    forget(cronJob, job.getMetadata().getUid());
  }

  private static void noteSuccess(CronJob cronJob, Job job) {
    String end = job.getStatus().getCompletionTime();
    String last = cronJob.getStatus().getLastSuccessfulTime();
    if (end != null && (last == null || Instant.parse(last).isBefore(Instant.parse(end)))) {
      cronJob.getStatus().setLastSuccessfulTime(end);
    }
  }

  private static void note(CronJob cronJob, Job job) {
    List<ObjectReference> active = new ArrayList<>(cronJob.getStatus().getActive());
    active.add(
        new ObjectReferenceBuilder()
            .withApiVersion("batch/v1")
            .withKind("Job")
            .withNamespace(job.getMetadata().getNamespace())
            .withName(job.getMetadata().getName())
            .withUid(job.getMetadata().getUid())
            .withResourceVersion(job.getMetadata().getResourceVersion())
            .build());
    cronJob.getStatus().setActive(active);
  }

  private static void forget(CronJob cronJob, String uid) {
    cronJob
        .getStatus()
        .setActive(
            cronJob.getStatus().getActive().stream()
                .filter(one -> !uid.equals(one.getUid()))
                .toList());
  }
}
