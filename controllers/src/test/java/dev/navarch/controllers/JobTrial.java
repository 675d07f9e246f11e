package dev.navarch.controllers;

import dev.navarch.client.Objects;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import java.util.List;
import java.util.function.Consumer;

/// One job in simulation, with its controllers, and hands that end its pods.
final class JobTrial {
  final Simulation simulation = new Simulation();
  final RecordedEvents events = new RecordedEvents();

  JobTrial() {
    simulation
        .with(
            JobController.register(
                simulation.informers(), simulation.cluster(), events, simulation.clock()))
        .with(JobPodReleaser.register(simulation.informers(), simulation.cluster()))
        .with(TtlAfterFinishedController.register(simulation.cluster(), simulation.clock()));
  }

  JobTrial create(Consumer<JobSpec> spec) {
    Job job =
        new JobBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("sum")
            .endMetadata()
            .withNewSpec()
            .withParallelism(1)
            .withBackoffLimit(6)
            .withCompletionMode("NonIndexed")
            .withPodReplacementPolicy("TerminatingOrFailed")
            .withNewSelector()
            .addToMatchLabels("of", "sum")
            .endSelector()
            .withNewTemplate()
            .withNewMetadata()
            .addToLabels("of", "sum")
            .endMetadata()
            .withNewSpec()
            .withRestartPolicy("Never")
            .addNewContainer()
            .withName("c")
            .withImage("i")
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    spec.accept(job.getSpec());
    simulation.cluster().create(job);
    simulation.settle();
    return this;
  }

  void change(Consumer<JobSpec> spec) {
    Job changed = Objects.copy(job());
    spec.accept(changed.getSpec());
    simulation.cluster().update(changed);
    simulation.settle();
  }

  Job job() {
    return simulation.cluster().find(Job.class, "default", "sum").orElseThrow();
  }

  JobStatus status() {
    return job().getStatus();
  }

  List<Pod> pods() {
    return simulation.cluster().all(Pod.class);
  }

  List<Pod> active() {
    return pods().stream().filter(Pods::isActive).toList();
  }

  Pod active(int index) {
    return active().stream()
        .filter(pod -> JobPods.index(pod).orElse(-1) == index)
        .findFirst()
        .orElseThrow();
  }

  /// Ends a pod with an exit code.
  void end(Pod pod, int code) {
    Pod changed = Objects.copy(pod);
    changed.setStatus(
        new PodStatusBuilder()
            .withPhase(code == 0 ? "Succeeded" : "Failed")
            .withContainerStatuses(
                new ContainerStatusBuilder()
                    .withName("c")
                    .withNewState()
                    .withNewTerminated()
                    .withExitCode(code)
                    .withFinishedAt(simulation.clock().instant().toString())
                    .endTerminated()
                    .endState()
                    .build())
            .build());
    simulation.cluster().updateStatus(changed);
    simulation.settle();
  }

  /// Conditions as lines: `Failed=True BackoffLimitExceeded: …`.
  List<String> conditions() {
    return status().getConditions().stream().map(JobTrial::line).toList();
  }

  private static String line(JobCondition one) {
    return "%s=%s %s: %s"
        .formatted(one.getType(), one.getStatus(), one.getReason(), one.getMessage());
  }
}
