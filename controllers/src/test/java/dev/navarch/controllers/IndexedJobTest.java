package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnExitCodesRequirement;
import io.fabric8.kubernetes.api.model.batch.v1.SuccessPolicyBuilder;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Jobs whose pods have numbers, and what policies make of their ends.
class IndexedJobTest {
  private final JobTrial trial = new JobTrial();

  private static void indexed(JobSpec spec, int completions) {
    spec.setCompletionMode("Indexed");
    spec.setCompletions(completions);
    spec.setParallelism(completions);
  }

  private static PodFailurePolicyOnExitCodesRequirement codes(
      @Nullable String container, String operator, List<Integer> values) {
    var codes = new PodFailurePolicyOnExitCodesRequirement();
    codes.setContainerName(container);
    codes.setOperator(operator);
    codes.setValues(values);
    return codes;
  }

  @Test
  void tellsEachPodItsIndex() {
    trial.create(spec -> indexed(spec, 3));

    Pod pod = trial.active(1);
    assertThat(pod.getMetadata().getName()).startsWith("sum-1-");
    assertThat(pod.getSpec().getHostname()).isEqualTo("sum-1");
    assertThat(pod.getMetadata().getAnnotations())
        .containsEntry("batch.kubernetes.io/job-completion-index", "1");
    assertThat(pod.getMetadata().getLabels())
        .containsEntry("batch.kubernetes.io/job-completion-index", "1");
    assertThat(pod.getSpec().getContainers().getFirst().getEnv())
        .singleElement()
        .satisfies(
            env -> {
              assertThat(env.getName()).isEqualTo("JOB_COMPLETION_INDEX");
              assertThat(env.getValueFrom().getFieldRef().getFieldPath())
                  .isEqualTo("metadata.labels['batch.kubernetes.io/job-completion-index']");
            });
  }

  @Test
  void replacesTheIndexThatFailedAndListsThoseThatAreDone() {
    trial.create(spec -> indexed(spec, 4));
    trial.end(trial.active(0), 0);
    trial.end(trial.active(2), 0);
    trial.end(trial.active(3), 0);
    trial.end(trial.active(1), 1);
    assertThat(trial.status().getCompletedIndexes()).isEqualTo("0,2,3");

    trial.simulation.pass(Duration.ofSeconds(10));
    trial.end(trial.active(1), 0);

    assertThat(trial.status().getCompletedIndexes()).isEqualTo("0-3");
    assertThat(trial.status().getSucceeded()).isEqualTo(4);
    assertThat(trial.status().getFailed()).isEqualTo(1);
    assertThat(trial.conditions()).anyMatch(it -> it.startsWith("Complete=True"));
  }

  @Test
  void growsAndShrinksWithItsCompletions() {
    trial.create(spec -> indexed(spec, 3));
    trial.end(trial.active(0), 0);
    trial.change(spec -> indexed(spec, 2));
    assertThat(trial.active()).hasSize(1);
    trial.change(spec -> indexed(spec, 4));

    assertThat(trial.active())
        .extracting(pod -> JobPods.index(pod).orElse(-1))
        .containsOnly(1, 2, 3);
    trial.change(spec -> indexed(spec, 1));

    assertThat(trial.status().getCompletedIndexes()).isEqualTo("0");
    assertThat(trial.conditions()).anyMatch(it -> it.startsWith("Complete=True"));
  }

  @Test
  void countsFailuresOfEachIndexForItself() {
    trial.create(
        spec -> {
          indexed(spec, 2);
          spec.setBackoffLimit(Integer.MAX_VALUE);
          spec.setBackoffLimitPerIndex(1);
        });
    trial.end(trial.active(0), 1);
    assertThat(trial.active()).hasSize(1);
    assertThat(trial.pods()).filteredOn(pod -> Pods.isFinished(pod)).allMatch(JobPods::isHeld);

    trial.simulation.pass(Duration.ofSeconds(10));
    assertThat(trial.active(0).getMetadata().getAnnotations())
        .containsEntry("batch.kubernetes.io/job-index-failure-count", "1");
    assertThat(trial.status().getFailed()).isEqualTo(1);

    trial.end(trial.active(0), 1);
    assertThat(trial.status().getFailedIndexes()).isEqualTo("0");
    assertThat(trial.active()).hasSize(1);

    trial.end(trial.active(1), 0);

    assertThat(trial.conditions())
        .containsExactly(
            "FailureTarget=True FailedIndexes: Job has failed indexes",
            "Failed=True FailedIndexes: Job has failed indexes");
    assertThat(trial.status().getFailed()).isEqualTo(2);
    assertThat(trial.status().getCompletedIndexes()).isEqualTo("1");
    assertThat(trial.pods()).noneMatch(JobPods::isHeld);
  }

  @Test
  void isLostWhenTooManyIndexesAre() {
    trial.create(
        spec -> {
          indexed(spec, 4);
          spec.setBackoffLimit(Integer.MAX_VALUE);
          spec.setBackoffLimitPerIndex(0);
          spec.setMaxFailedIndexes(1);
        });
    trial.end(trial.active(0), 1);
    assertThat(trial.conditions()).isEmpty();
    trial.end(trial.active(2), 1);

    assertThat(trial.status().getFailedIndexes()).isEqualTo("0,2");
    assertThat(trial.conditions())
        .contains(
            "Failed=True MaxFailedIndexesExceeded: Job has exceeded the specified maximal number"
                + " of failed indexes");
    assertThat(trial.status().getFailed()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {"0,2 | - | 2 0", "0-2 | 1 | 1", "- | 2 | 1 3"})
  void isWonWhenItsPolicySaysSo(String indexes, Integer count, String ended) {
    trial.create(
        spec -> {
          indexed(spec, 4);
          spec.setSuccessPolicy(
              new SuccessPolicyBuilder()
                  .addNewRule()
                  .withSucceededIndexes("3")
                  .withSucceededCount(2)
                  .endRule()
                  .addNewRule()
                  .withSucceededIndexes(indexes)
                  .withSucceededCount(count)
                  .endRule()
                  .build());
        });
    for (String index : ended.split(" ")) {
      assertThat(trial.conditions()).isEmpty();
      trial.end(trial.active(Integer.parseInt(index)), 0);
    }

    assertThat(trial.conditions())
        .containsExactly(
            "SuccessCriteriaMet=True SuccessPolicy: Matched rules at index 1",
            "Complete=True SuccessPolicy: Matched rules at index 1");
    assertThat(trial.active()).isEmpty();
    assertThat(trial.status().getFailed()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "42 | FailureTarget=True PodFailurePolicy: Container c for pod default/POD failed with exit"
            + " code 42 matching FailJob rule at index 0 | 1",
        "43 | - | 0",
        "44 | - | 1",
        "45 | - | 1"
      })
  void followsItsFailurePolicy(int code, String condition, int failed) {
    trial.create(
        spec -> {
          spec.setCompletions(2);
          spec.setParallelism(2);
          spec.setPodReplacementPolicy("Failed");
          spec.setPodFailurePolicy(
              new PodFailurePolicyBuilder()
                  .addNewRule()
                  .withAction("FailJob")
                  .withOnExitCodes(codes("c", "In", List.of(42)))
                  .endRule()
                  .addNewRule()
                  .withAction("Ignore")
                  .withOnExitCodes(codes(null, "In", List.of(43)))
                  .endRule()
                  .addNewRule()
                  .withAction("Count")
                  .withOnExitCodes(codes(null, "NotIn", List.of(45)))
                  .endRule()
                  .build());
        });
    Pod pod = trial.active().getFirst();
    trial.end(pod, code);

    if (condition.equals("-")) {
      assertThat(trial.conditions()).isEmpty();
      trial.simulation.pass(Duration.ofSeconds(10));
      assertThat(trial.active()).hasSize(2);
      assertThat(Numbers.orZero(trial.status().getFailed())).isEqualTo(failed);
    } else {
      assertThat(trial.conditions().getFirst())
          .isEqualTo(condition.replace("POD", pod.getMetadata().getName()));
      assertThat(trial.active()).isEmpty();
    }
  }

  @Test
  void givesUpAnIndexAtOnceWhenItsPolicySaysSo() {
    trial.create(
        spec -> {
          indexed(spec, 2);
          spec.setBackoffLimit(Integer.MAX_VALUE);
          spec.setBackoffLimitPerIndex(5);
          spec.setPodReplacementPolicy("Failed");
          spec.setPodFailurePolicy(
              new PodFailurePolicyBuilder()
                  .addNewRule()
                  .withAction("FailIndex")
                  .withOnExitCodes(codes(null, "In", List.of(7)))
                  .endRule()
                  .build());
        });
    trial.end(trial.active(1), 7);

    assertThat(trial.status().getFailedIndexes()).isEqualTo("1");
    trial.simulation.pass(Duration.ofMinutes(20));
    assertThat(trial.active()).hasSize(1);
  }
}
