package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a job says of itself in conditions. Failure and success are announced first
/// (`FailureTarget`, `SuccessCriteriaMet`), and stated (`Failed`, `Complete`) when no pod runs any
/// more.
final class JobConditions {
  static final String COMPLETE = "Complete";
  static final String FAILED = "Failed";
  static final String FAILURE_TARGET = "FailureTarget";
  static final String SUCCESS_CRITERIA_MET = "SuccessCriteriaMet";
  static final String SUSPENDED = "Suspended";

  private JobConditions() {}

  static JobCondition of(String type, String status, String reason, String message, Instant now) {
    return new JobConditionBuilder()
        .withType(type)
        .withStatus(status)
        .withReason(reason)
        .withMessage(message)
        .withLastProbeTime(Pods.timestamp(now))
        .withLastTransitionTime(Pods.timestamp(now))
        .build();
  }

  static Optional<JobCondition> find(JobStatus status, String type) {
    return status.getConditions().stream().filter(one -> type.equals(one.getType())).findFirst();
  }

  static boolean isTrue(JobStatus status, String type) {
    return find(status, type).filter(one -> "True".equals(one.getStatus())).isPresent();
  }

  /// The condition that says that a job has come to its end, in one way or the other.
  static Optional<JobCondition> finish(Job job) {
    JobStatus status = job.getStatus();
    return status == null
        ? Optional.empty()
        : Stream.of(COMPLETE, FAILED)
            .flatMap(type -> find(status, type).stream())
            .filter(one -> "True".equals(one.getStatus()))
            .findFirst();
  }

  static void put(JobStatus status, JobCondition condition) {
    List<JobCondition> conditions = new ArrayList<>(status.getConditions());
    int at = 0;
    while (at < conditions.size() && !conditions.get(at).getType().equals(condition.getType())) {
      at++;
    }
    if (at < conditions.size()) {
      conditions.set(at, condition);
    } else {
      conditions.add(condition);
    }
    status.setConditions(conditions);
  }
}
