package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.CronSchedule;
import dev.navarch.client.Objects;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronJobControllerTest {
  private final Simulation simulation = new Simulation();
  private final RecordedEvents events = new RecordedEvents();

  @BeforeEach
  void start() {
    simulation.with(
        CronJobController.register(
            simulation.informers(), simulation.cluster(), events, simulation.clock()));
    // To the full hour, and a bit.
    Instant now = simulation.clock().instant();
    Instant hour = Instant.ofEpochSecond((now.getEpochSecond() / 3600 + 1) * 3600 + 10);
    simulation.pass(Duration.between(now, hour));
  }

  @Test
  void startsAJobWhenItsTimeHasCome() {
    create(spec -> spec.setTimeZone("Asia/Tokyo"));
    assertThat(jobs()).isEmpty();
    simulation.pass(Duration.ofMinutes(5));

    Job job = jobs().getFirst();
    Instant due = simulation.clock().instant().minusSeconds(10);
    assertThat(job.getMetadata().getName()).isEqualTo("tick-" + due.getEpochSecond() / 60);
    assertThat(job.getMetadata().getAnnotations())
        .containsEntry("note", "x")
        .containsEntry(
            "batch.kubernetes.io/cronjob-scheduled-timestamp", "2026-01-01T10:05:00+09:00");
    assertThat(job.getMetadata().getLabels()).containsEntry("of", "tick");
    assertThat(active()).containsExactly(job.getMetadata().getName());
    assertThat(cronJob().getStatus().getLastScheduleTime()).isEqualTo(due.toString());
    assertThat(events.lines())
        .containsExactly("Normal SuccessfulCreate Created job " + job.getMetadata().getName());

    simulation.pass(Duration.ofMinutes(5));
    assertThat(jobs()).hasSize(2);
    assertThat(active()).hasSize(2);
  }

  @Test
  void saysThatATimeNeverComes() {
    create(spec -> spec.setSchedule("59 23 31 2 *"));

    assertThat(events.lines())
        .containsExactly(
            "Warning InvalidSchedule invalid schedule: 59 23 31 2 * : no time is ever like that");
  }

  @Test
  void forbidsASecondJobAndCatchesUpWhenTheFirstHasEnded() {
    create(spec -> spec.setConcurrencyPolicy("Forbid"));
    simulation.pass(Duration.ofMinutes(5));
    simulation.pass(Duration.ofMinutes(5));

    assertThat(jobs()).hasSize(1);
    assertThat(events.lines())
        .contains(
            "Normal JobAlreadyActive Not starting job because prior execution is running and"
                + " concurrency policy is Forbid");

    String first = jobs().getFirst().getMetadata().getName();
    end(jobs().getFirst(), "Complete");

    assertThat(jobs()).hasSize(2);
    assertThat(active()).hasSize(1).doesNotContain(first);
    assertThat(cronJob().getStatus().getLastSuccessfulTime()).isNotNull();
    assertThat(events.lines())
        .contains("Normal SawCompletedJob Saw completed job: " + first + ", condition: Complete");
  }

  @Test
  void replacesTheFirstJob() {
    create(spec -> spec.setConcurrencyPolicy("Replace"));
    simulation.pass(Duration.ofMinutes(5));
    String first = jobs().getFirst().getMetadata().getName();
    simulation.pass(Duration.ofMinutes(5));

    assertThat(jobs()).hasSize(1);
    assertThat(active()).hasSize(1).doesNotContain(first);
    assertThat(events.lines()).contains("Normal SuccessfulDelete Deleted job " + first);
  }

  @Test
  void restsWhileItIsSuspended() {
    create(spec -> spec.setSuspend(true));
    simulation.pass(Duration.ofHours(1));

    assertThat(jobs()).isEmpty();
  }

  @Test
  void keepsSoManyOfTheFinishedOnes() {
    create(
        spec -> {
          spec.setSuccessfulJobsHistoryLimit(1);
          spec.setFailedJobsHistoryLimit(0);
        });
    for (String end : List.of("Complete", "Failed", "Complete")) {
      simulation.pass(Duration.ofMinutes(5));
      end(jobs().getLast(), end);
    }

    assertThat(jobs()).hasSize(1);
    assertThat(active()).isEmpty();
  }

  @Test
  void startsOneJobOnlyForAllTheTimesThatItMissed() {
    create(spec -> spec.setSuspend(true));
    simulation.pass(Duration.ofHours(20));
    change(spec -> spec.setSuspend(false));

    assertThat(jobs()).hasSize(1);
    assertThat(events.lines())
        .anyMatch(it -> it.startsWith("Warning TooManyMissedTimes too many missed start times."));
  }

  @Test
  void doesNotStartWhatIsTooLate() {
    create(
        spec -> {
          spec.setSuspend(true);
          spec.setStartingDeadlineSeconds(60L);
        });
    simulation.pass(Duration.ofMinutes(7));
    change(spec -> spec.setSuspend(false));
    assertThat(jobs()).isEmpty();
    simulation.pass(Duration.ofMinutes(3));

    assertThat(jobs()).hasSize(1);
  }

  @Test
  void forgetsAJobThatSomebodyElseDeleted() {
    create(spec -> {});
    simulation.pass(Duration.ofMinutes(5));
    simulation.cluster().delete(jobs().getFirst());
    simulation.settle();

    assertThat(active()).isEmpty();
    assertThat(jobs()).isEmpty();
    assertThat(events.lines()).anyMatch(it -> it.startsWith("Normal MissingJob Active job went"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/5 * * * * | 2026-01-01T00:00:00Z | 2026-01-01T00:04:59Z | - | false",
        "*/5 * * * * | 2026-01-01T00:00:00Z | 2026-01-01T00:16:00Z | 2026-01-01T00:15:00Z | false",
        "* * * * * | 2020-01-01T00:00:00Z | 2026-01-01T00:16:30Z | 2026-01-01T00:16:00Z | true",
        "@every 7s | 2020-01-01T00:00:00Z | 2020-01-01T01:00:00Z | 2020-01-01T00:59:58Z | true",
        "0 0 1-2 * * | 2000-01-01T00:00:00Z | 2026-01-31T12:00:00Z | 2026-01-02T00:00:00Z | true",
        "0 0 31 2 * | 2000-01-01T00:00:00Z | 2026-01-31T12:00:00Z | - | false"
      })
  void findsTheLatestTimeOfMany(
      String schedule, Instant after, Instant now, String latest, boolean tooMany) {
    MissedTimes missed =
        MissedTimes.between(CronSchedule.parse(schedule, ZoneOffset.UTC), after, now);

    assertThat(missed.latest().map(Instant::toString).orElse("-")).isEqualTo(latest);
    assertThat(missed.tooMany()).isEqualTo(tooMany);
  }

  private void create(Consumer<CronJobSpec> spec) {
    CronJob cronJob =
        new CronJobBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("tick")
            .endMetadata()
            .withNewSpec()
            .withSchedule("*/5 * * * *")
            .withTimeZone("UTC")
            .withConcurrencyPolicy("Allow")
            .withSuccessfulJobsHistoryLimit(3)
            .withFailedJobsHistoryLimit(1)
            .withNewJobTemplate()
            .withNewMetadata()
            .addToLabels("of", "tick")
            .addToAnnotations("note", "x")
            .endMetadata()
            .withNewSpec()
            .endSpec()
            .endJobTemplate()
            .endSpec()
            .build();
    spec.accept(cronJob.getSpec());
    simulation.cluster().create(cronJob);
    simulation.settle();
  }

  private void change(Consumer<CronJobSpec> spec) {
    CronJob changed = Objects.copy(cronJob());
    spec.accept(changed.getSpec());
    simulation.cluster().update(changed);
    simulation.settle();
  }

  private void end(Job job, String condition) {
    Job changed = Objects.copy(job);
    changed.setStatus(
        new JobStatusBuilder()
            .withStartTime(simulation.clock().instant().toString())
            .withCompletionTime(
                condition.equals("Complete") ? simulation.clock().instant().toString() : null)
            .withConditions(
                new JobConditionBuilder().withType(condition).withStatus("True").build())
            .build());
    simulation.cluster().updateStatus(changed);
    simulation.settle();
  }

  private CronJob cronJob() {
    return simulation.cluster().find(CronJob.class, "default", "tick").orElseThrow();
  }

  private List<Job> jobs() {
    return simulation.cluster().all(Job.class);
  }

  private List<String> active() {
    return cronJob().getStatus().getActive().stream().map(ObjectReference::getName).toList();
  }
}
