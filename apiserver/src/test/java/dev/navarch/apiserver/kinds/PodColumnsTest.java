package dev.navarch.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodColumnsTest {
  private static final String HEAD =
      "apiVersion: v1, kind: Pod, metadata: {name: web, creationTimestamp: '2026-01-01T11:55:00Z'}";

  private static Given pod(String spec, String status) {
    return Given.yaml("{%s, spec: {%s}, status: {%s}}".formatted(HEAD, spec, status));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "phase: Pending | 0/1 | Pending | 0",
        "phase: Pending, containerStatuses: [{state: {waiting: {reason: ContainerCreating}}}] | 0/1"
            + " | ContainerCreating | 0",
        "phase: Running, containerStatuses: [{ready: true, state: {running: {}}}] | 1/1 | Running |"
            + " 0",
        "phase: Running, containerStatuses: [{restartCount: 3, state: {waiting: {reason:"
            + " CrashLoopBackOff}}, lastState: {terminated: {finishedAt: '2026-01-01T11:59:55Z'}}}]"
            + " | 0/1 | CrashLoopBackOff | 3 (5s ago)",
        "phase: Succeeded, containerStatuses: [{state: {terminated: {exitCode: 0, reason:"
            + " Completed}}}] | 0/1 | Completed | 0",
        "phase: Failed, containerStatuses: [{state: {terminated: {exitCode: 3}}}] | 0/1 |"
            + " ExitCode:3 | 0",
        "phase: Failed, containerStatuses: [{state: {terminated: {exitCode: 137, signal: 9}}}] |"
            + " 0/1 | Signal:9 | 0",
        "phase: Failed, reason: Evicted | 0/1 | Evicted | 0",
        "phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason:"
            + " SchedulingGated}] | 0/1 | SchedulingGated | 0",
      })
  void tellsHowAPodIs(String status, String ready, String reason, String restarts) {
    assertThat(pod("containers: [{name: a, image: b}]", status).row())
        .containsEntry("Ready", ready)
        .containsEntry("Status", reason)
        .containsEntry("Restarts", restarts)
        .containsEntry("Age", "5m");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[{state: {running: {}}}, {state: {waiting: {reason: PodInitializing}}}] | Init:0/2",
        "[{state: {terminated: {exitCode: 0}}}, {state: {running: {}}}] | Init:1/2",
        "[{state: {terminated: {exitCode: 1, reason: Error}}}] | Init:Error",
        "[{state: {waiting: {reason: ImagePullBackOff}}}] | Init:ImagePullBackOff",
      })
  void tellsWhichInitContainerHoldsAPodUp(String statuses, String reason) {
    String spec = "initContainers: [{name: x}, {name: y}], containers: [{name: a}]";
    assertThat(pod(spec, "phase: Pending, initContainerStatuses: " + statuses).row())
        .containsEntry("Status", reason);
  }

  @Test
  void countsSidecars() {
    String spec = "initContainers: [{name: s, restartPolicy: Always}], containers: [{name: a}]";
    String status =
        "phase: Running, initContainerStatuses: [{name: s, started: true, ready: true, state:"
            + " {running: {}}}], containerStatuses: [{ready: true, state: {running: {}}}]";
    assertThat(pod(spec, status).row()).containsEntry("Ready", "2/2");
  }

  @Test
  void showsWherePodsRunWhenAskedForMore() {
    assertThat(
            pod("containers: [{name: a}], nodeName: node-1", "podIP: 10.40.1.2, phase: Running")
                .row())
        .containsEntry("IP", "10.40.1.2")
        .containsEntry("Node", "node-1")
        .containsEntry("Nominated Node", "<none>")
        .containsEntry("Readiness Gates", "<none>");
  }

  @Test
  void tellsThatAPodIsLeaving() {
    Given pod =
        Given.yaml(
            "{apiVersion: v1, kind: Pod, metadata: {name: w, deletionTimestamp:"
                + " '2026-01-01T11:55:00Z'}, status: {phase: Running}}");
    assertThat(pod.row()).containsEntry("Status", "Terminating");
  }
}
