package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.ApiError;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobControllerTest {
  private final JobTrial trial = new JobTrial();

  @Test
  void runsAsManyPodsAsItWantsUntilEnoughSucceeded() {
    trial.create(
        spec -> {
          spec.setParallelism(2);
          spec.setCompletions(3);
        });

    assertThat(trial.active()).hasSize(2).allMatch(JobPods::isHeld);
    assertThat(trial.status().getActive()).isEqualTo(2);
    assertThat(trial.status().getStartTime()).isNotNull();

    for (int i = 0; i < 3; i++) {
      trial.end(trial.active().getFirst(), 0);
    }

    assertThat(trial.pods()).hasSize(3).noneMatch(JobPods::isHeld);
    assertThat(trial.status().getSucceeded()).isEqualTo(3);
    assertThat(trial.status().getActive()).isNull();
    assertThat(trial.status().getCompletionTime()).isNotNull();
    assertThat(trial.conditions())
        .containsExactly(
            "SuccessCriteriaMet=True CompletionsReached: Reached expected number of succeeded pods",
            "Complete=True CompletionsReached: Reached expected number of succeeded pods");
    assertThat(trial.events.lines()).contains("Normal Completed Job completed");
    assertThat(trial.events.lines()).filteredOn(it -> it.contains("SuccessfulCreate")).hasSize(3);
  }

  @Test
  void waitsLongerAfterEachFailureAndGivesUpAtTheLimit() {
    trial.create(
        spec -> {
          spec.setCompletions(1);
          spec.setBackoffLimit(2);
        });
    for (int seconds : new int[] {10, 20}) {
      trial.end(trial.active().getFirst(), 1);
      trial.simulation.pass(Duration.ofSeconds(seconds - 1));
      assertThat(trial.active()).isEmpty();
      trial.simulation.pass(Duration.ofSeconds(1));
      assertThat(trial.active()).hasSize(1);
    }
    trial.end(trial.active().getFirst(), 1);

    assertThat(trial.status().getFailed()).isEqualTo(3);
    assertThat(trial.conditions())
        .containsExactly(
            "FailureTarget=True BackoffLimitExceeded: Job has reached the specified backoff limit",
            "Failed=True BackoffLimitExceeded: Job has reached the specified backoff limit");
    assertThat(trial.events.lines())
        .contains("Warning BackoffLimitExceeded Job has reached the specified backoff limit");
    assertThat(trial.pods()).noneMatch(JobPods::isHeld);
  }

  @Test
  void remembersFailuresOfPodsThatSomebodyDeleted() {
    trial.create(spec -> spec.setCompletions(1));
    for (int seconds : new int[] {10, 20, 40}) {
      trial.end(trial.active().getFirst(), 1);
      trial.pods().forEach(this::gone);
      trial.simulation.pass(Duration.ofSeconds(seconds - 1));
      assertThat(trial.pods()).isEmpty();
      trial.simulation.pass(Duration.ofSeconds(1));
      assertThat(trial.active()).hasSize(1);
    }
  }

  @Test
  void replacesPodsThatFailedWithoutHavingRun() {
    trial.create(spec -> spec.setCompletions(1));
    new SimulatedKubelet(trial.simulation).phase(trial.active().getFirst(), "Failed");
    trial.simulation.pass(Duration.ofSeconds(10));

    assertThat(trial.active()).hasSize(1);
  }

  @Test
  void aLowerLimitEndsAJobThatFailedTooOften() {
    trial.create(spec -> spec.setCompletions(1));
    trial.end(trial.active().getFirst(), 1);
    trial.simulation.pass(Duration.ofSeconds(10));
    trial.change(spec -> spec.setBackoffLimit(0));

    assertThat(trial.conditions().getFirst()).startsWith("FailureTarget=True BackoffLimitExceeded");
  }

  @Test
  void stopsAtItsDeadlineAndFailsWhenItsPodsHaveEnded() {
    trial.create(
        spec -> {
          spec.setCompletions(1);
          spec.setActiveDeadlineSeconds(60L);
        });
    run(trial.active().getFirst());
    trial.simulation.pass(Duration.ofSeconds(60));

    assertThat(trial.conditions())
        .containsExactly(
            "FailureTarget=True DeadlineExceeded: Job was active longer than specified deadline");
    assertThat(trial.status().getTerminating()).isEqualTo(1);
    assertThat(trial.status().getFailed()).isEqualTo(1);

    gone(trial.pods().getFirst());

    assertThat(trial.conditions())
        .contains("Failed=True DeadlineExceeded: Job was active longer than specified deadline");
    assertThat(trial.status().getFailed()).isEqualTo(1);
    assertThat(trial.status().getTerminating()).isZero();
  }

  @Test
  void restsWhileItIsSuspendedAndBeginsItsTimeAnew() {
    trial.create(spec -> spec.setCompletions(1));
    String start = trial.status().getStartTime();
    trial.change(spec -> spec.setSuspend(true));

    assertThat(trial.pods()).isEmpty();
    assertThat(trial.status().getFailed()).isNull();
    assertThat(trial.conditions()).containsExactly("Suspended=True JobSuspended: Job suspended");

    trial.simulation.pass(Duration.ofSeconds(5));
    trial.change(spec -> spec.setSuspend(false));

    assertThat(trial.active()).hasSize(1);
    assertThat(trial.conditions()).containsExactly("Suspended=False JobResumed: Job resumed");
    assertThat(trial.status().getStartTime()).isGreaterThan(start);
    assertThat(trial.events.lines())
        .contains("Normal Suspended Job suspended", "Normal Resumed Job resumed");
  }

  @Test
  void doesNotStartWhileSuspended() {
    trial.create(spec -> spec.setSuspend(true));

    assertThat(trial.pods()).isEmpty();
    assertThat(trial.status().getStartTime()).isNull();
  }

  @Test
  void scalesDownWithoutCountingFailures() {
    trial.create(spec -> spec.setParallelism(4));
    trial.change(spec -> spec.setParallelism(1));

    assertThat(trial.active()).hasSize(1);
    assertThat(trial.status().getFailed()).isNull();
    assertThat(trial.status().getActive()).isEqualTo(1);
  }

  @Test
  void replacesADeletedPodOnlyWhenItHasEndedIfItIsToldTo() {
    trial.create(
        spec -> {
          spec.setCompletions(1);
          spec.setPodReplacementPolicy("Failed");
        });
    Pod pod = run(trial.active().getFirst());
    trial.simulation.cluster().delete(pod);
    trial.simulation.pass(Duration.ofSeconds(20));

    assertThat(trial.active()).isEmpty();
    assertThat(trial.status().getTerminating()).isEqualTo(1);
    assertThat(trial.status().getFailed()).isNull();

    trial.end(trial.pods().getFirst(), 143);
    trial.simulation.pass(Duration.ofSeconds(20));

    assertThat(trial.active()).hasSize(1);
    assertThat(trial.status().getFailed()).isEqualTo(1);
  }

  @Test
  void anyOtherPolicyReplacesAPodThatIsLeaving() {
    trial.create(spec -> spec.setCompletions(1));
    trial.simulation.cluster().delete(run(trial.active().getFirst()));
    trial.simulation.pass(Duration.ofSeconds(20));

    assertThat(trial.active()).hasSize(1);
    assertThat(trial.status().getFailed()).isEqualTo(1);
  }

  @Test
  void adoptsOrphansAndHoldsThem() {
    trial.create(spec -> spec.setCompletions(2));
    Pod own = Objects.copy(trial.active().getFirst());
    own.getMetadata().setOwnerReferences(List.of());
    own.getMetadata().setFinalizers(List.of());
    trial.simulation.cluster().update(own);
    trial.simulation.settle();

    assertThat(trial.active()).hasSize(1).allMatch(JobPods::isHeld);
    assertThat(trial.active().getFirst().getMetadata().getOwnerReferences()).hasSize(1);
  }

  @Test
  void letsGoOfWhatItDoesNotSelectAnyMore() {
    trial.create(spec -> spec.setCompletions(1));
    Pod pod = Objects.copy(trial.active().getFirst());
    pod.getMetadata().setLabels(Map.of("of", "nobody"));
    trial.simulation.cluster().update(pod);
    trial.simulation.settle();

    Pod released = trial.simulation.cluster().get(Resource.of(Pod.class), Key.of(pod));
    assertThat(released.getMetadata().getOwnerReferences()).isEmpty();
    assertThat(JobPods.isHeld(released)).isFalse();
    assertThat(trial.active()).hasSize(2);
  }

  @Test
  void nobodyHoldsThePodsOfAJobThatIsGone() {
    trial.create(spec -> spec.setCompletions(1));
    trial.simulation.cluster().delete(trial.job());
    trial.simulation.settle();

    assertThat(trial.pods()).hasSize(1).noneMatch(JobPods::isHeld);
  }

  @Test
  void isDeletedSomeTimeAfterItsEnd() {
    trial.create(
        spec -> {
          spec.setCompletions(1);
          spec.setTtlSecondsAfterFinished(100);
        });
    trial.simulation.pass(Duration.ofSeconds(200));
    trial.end(trial.active().getFirst(), 0);
    trial.simulation.pass(Duration.ofSeconds(99));
    assertThat(Pods.isDeleting(trial.job())).isFalse();
    trial.simulation.pass(Duration.ofSeconds(1));

    assertThat(Pods.isDeleting(trial.job())).isTrue();
    assertThat(trial.job().getMetadata().getFinalizers()).containsExactly("foregroundDeletion");
  }

  @Test
  void leavesAJobToWhoManagesIt() {
    trial.create(spec -> spec.setManagedBy("example.org/other"));

    assertThat(trial.pods()).isEmpty();
    assertThat(trial.job().getStatus()).isNull();
  }

  @Test
  void restartsInPlaceCountTowardsTheLimit() {
    trial.create(
        spec -> {
          spec.setCompletions(1);
          spec.setBackoffLimit(1);
          spec.getTemplate().getSpec().setRestartPolicy("OnFailure");
        });
    Pod pod = Objects.copy(run(trial.active().getFirst()));
    pod.getStatus()
        .setContainerStatuses(
            List.of(new ContainerStatusBuilder().withName("c").withRestartCount(1).build()));
    trial.simulation.cluster().updateStatus(pod);
    trial.simulation.settle();

    assertThat(trial.conditions().getFirst()).startsWith("FailureTarget=True BackoffLimitExceeded");
    assertThat(trial.active()).isEmpty();
  }

  private Pod run(Pod pod) {
    Pod running = new SimulatedKubelet(trial.simulation).ready(pod);
    trial.simulation.settle();
    return running;
  }

  private void gone(Pod pod) {
    trial
        .simulation
        .cluster()
        .delete(
            Resource.of(Pod.class),
            Key.of(pod),
            new Cluster.DeleteOptions(Duration.ZERO, null, null, null));
    trial.simulation.settle();
  }

  @Test
  void whoStopsBetweenTwoWritesCountsNothingTwice() {
    trial.create(spec -> spec.setCompletions(2));
    Pod pod = trial.active().getFirst();
    trial
        .simulation
        .cluster()
        .fail("patch", "pods", new ApiError.Internal("the finalizer cannot be taken away"));
    trial.end(pod, 0);
    assertThat(trial.status().getUncountedTerminatedPods().getSucceeded())
        .containsExactly(pod.getMetadata().getUid());
    assertThat(trial.status().getSucceeded()).isNull();

    trial.simulation.cluster().heal();
    trial.simulation.pass(Duration.ofMinutes(1));

    assertThat(trial.status().getUncountedTerminatedPods().getSucceeded()).isEmpty();
    assertThat(trial.status().getSucceeded()).isEqualTo(1);
    Job job = trial.job();
    assertThat(job.getStatus().getActive()).isEqualTo(1);
  }
}
