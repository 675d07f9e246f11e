package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.api.CronSchedule;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobStatus;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Starts a job at every time that a schedule names, as often as the time before allows it.
final class CronJobController implements Reconciler<CronJob> {
  private static final Resource<CronJob> CRON_JOBS = Resource.of(CronJob.class);
  private static final Resource<Job> JOBS = Resource.of(Job.class);
  private static final DateTimeFormatter LATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss xx", Locale.ROOT);

  /// Long enough that a time has come when it is looked at.
  private static final Duration MARGIN = Duration.ofMillis(100);

  private final Lister<Job> jobs;
  private final Cluster cluster;
  private final CronJobs own;
  private final EventRecorder events;
  private final InstantSource clock;

  private CronJobController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.jobs = on.lister(JOBS);
    this.cluster = cluster;
    this.events = events.as("cronjob-controller");
    this.own = new CronJobs(cluster, this.events);
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    return Controller.of(CRON_JOBS, new CronJobController(on, cluster, events, clock))
        .owns(Job.class)
        .workers(5);
  }

  @Override
  public Result reconcile(CronJob seen) {
    CronJob cronJob = Objects.copy(seen);
    if (cronJob.getStatus() == null) {
      cronJob.setStatus(new CronJobStatus());
    }
    List<Job> mine = own.follow(cronJob, jobs.controlledBy(seen).toList());
    own.forgetOld(cronJob, mine);
    Result result;
    try {
      result =
          Pods.isDeleting(cronJob) || Boolean.TRUE.equals(cronJob.getSpec().getSuspend())
              ? Result.done()
              : schedule(cronJob);
    } finally {
      if (!cronJob.getStatus().equals(status(seen))) {
        cluster.updateStatus(cronJob);
      }
    }
    return result;
  }

  private static CronJobStatus status(CronJob cronJob) {
    return cronJob.getStatus() == null ? new CronJobStatus() : cronJob.getStatus();
  }

  private Result schedule(CronJob cronJob) {
    Optional<ZoneId> zone = zone(cronJob);
    if (zone.isEmpty()) {
      events.warning(
          cronJob,
          "UnknownTimeZone",
          "invalid timeZone: \"%s\": unknown time zone %s"
              .formatted(cronJob.getSpec().getTimeZone(), cronJob.getSpec().getTimeZone()));
      return Result.done();
    }
    CronSchedule schedule;
    try {
      schedule = CronSchedule.parse(cronJob.getSpec().getSchedule(), zone.get());
    } catch (IllegalArgumentException e) {
      events.warning(
          cronJob,
          "UnparseableSchedule",
          "unparseable schedule: \"%s\" : %s"
              .formatted(cronJob.getSpec().getSchedule(), e.getMessage()));
      return Result.done();
    }
    Instant now = clock.instant();
    if (schedule.next(now).isEmpty()) {
      events.warning(
          cronJob,
          "InvalidSchedule",
          "invalid schedule: %s : no time is ever like that"
              .formatted(cronJob.getSpec().getSchedule()));
      return Result.done();
    }
    MissedTimes missed = MissedTimes.between(schedule, earliest(cronJob, now), now);
    if (missed.tooMany()) {
      events.warning(
          cronJob,
          "TooManyMissedTimes",
          "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check"
              + " clock skew");
    }
    missed.latest().ifPresent(time -> start(cronJob, time, zone.get(), now));
    return schedule
        .next(missed.latest().orElse(earliest(cronJob, now)))
        .filter(next -> next.isAfter(now))
        .or(() -> schedule.next(now))
        .map(next -> Result.after(Duration.between(now, next).plus(MARGIN)))
        .orElseGet(Result::done);
  }

  /// From when on a time may be caught up with.
  private static Instant earliest(CronJob cronJob, Instant now) {
    String last = status(cronJob).getLastScheduleTime();
    Instant since = last == null ? Pods.created(cronJob) : Instant.parse(last);
    Long deadline = cronJob.getSpec().getStartingDeadlineSeconds();
    Instant limit = deadline == null ? Instant.MIN : now.minusSeconds(deadline);
    return limit.isAfter(since) ? limit : since;
  }

  private void start(CronJob cronJob, Instant time, ZoneId zone, Instant now) {
    Long deadline = cronJob.getSpec().getStartingDeadlineSeconds();
    if (deadline != null && time.plusSeconds(deadline).isBefore(now)) {
      events.warning(
          cronJob,
          "MissSchedule",
          "Missed scheduled time to start a job: " + LATE.format(time.atZone(ZoneOffset.UTC)));
      return;
    }
    CronJobStatus status = cronJob.getStatus();
    if (own.isActive(cronJob, time)) {
      return;
    }
    if (!status.getActive().isEmpty()) {
      switch (String.valueOf(cronJob.getSpec().getConcurrencyPolicy())) {
        case "Forbid" -> {
          events.normal(
              cronJob,
              "JobAlreadyActive",
              "Not starting job because prior execution is running and concurrency policy is"
                  + " Forbid");
          return;
        }
        case "Replace" -> own.endActive(cronJob);
        default -> {}
      }
    }
    try {
      own.start(cronJob, time, zone);
      status.setLastScheduleTime(Pods.timestamp(time));
    } catch (ApiException e) {
      if (!Created.isGoingAway(e)) {
        events.warning(cronJob, "FailedCreate", "Error creating job: " + e.getMessage());
        throw e;
      }
    }
  }

  private static Optional<ZoneId> zone(CronJob cronJob) {
    String name = cronJob.getSpec().getTimeZone();
    if (name == null) {
      return Optional.of(ZoneId.systemDefault());
    }
    return ZoneId.getAvailableZoneIds().contains(name)
        ? Optional.of(ZoneId.of(name))
        : Optional.empty();
  }
}
