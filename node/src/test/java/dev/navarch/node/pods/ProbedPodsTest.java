package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.cri.ContainerRuntime.ExecResult;
import dev.navarch.node.cri.CriException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.grpc.Status;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the answers of probes do to a pod.
class ProbedPodsTest extends OnANode {
  private static final ExecResult YES = new ExecResult(0, new byte[0], new byte[0]);
  private static final ExecResult NO = new ExecResult(1, new byte[0], new byte[0]);

  ProbedPodsTest(@TempDir Path dir) {
    super(dir);
  }

  @Test
  void livenessIsAskedOnlyAfterTheStartupHasSucceeded() {
    runtime.commands.put("started", NO);
    runtime.commands.put("alive", NO);
    cluster.given(pod("web", probed(99)).build());
    await().until(() -> runtime.calls().stream().filter("exec started"::equals).count() >= 2);
    assertThat(runtime.calls()).doesNotContain("exec alive");
    assertThat(get("web").getStatus().getContainerStatuses().getFirst().getStarted()).isFalse();
    runtime.commands.put("started", YES);
    await().until(() -> restarts("web") == 1);
    assertThat(runtime.calls()).contains("exec alive");
  }

  @Test
  void startupThatFailsRestarts() {
    runtime.commands.put("started", NO);
    cluster.given(pod("web", probed(2)).build());
    await().until(() -> restarts("web") == 1);
    assertThat(runtime.calls()).doesNotContain("exec alive");
  }

  private static Container probed(int failures) {
    return new ContainerBuilder(container("main"))
        .withStartupProbe(probe("started", failures))
        .withLivenessProbe(probe("alive", 1))
        .build();
  }

  @Test
  void readinessComesAndGoesWithoutARestart() {
    runtime.commands.put("ready", NO);
    cluster.given(
        pod(
                "web",
                new ContainerBuilder(container("main"))
                    .withReadinessProbe(probe("ready", 1))
                    .build())
            .build());
    awaitPhase("web", "Running");
    assertThat(isReady()).isFalse();
    runtime.commands.put("ready", YES);
    await().until(this::isReady);
    runtime.commands.put("ready", NO);
    await().until(() -> !isReady());
    assertThat(restarts("web")).isZero();
  }

  @Test
  void checkThatCouldNotBeMadeCountsForNothing() {
    runtime.broken.put("alive", new CriException(Status.Code.UNKNOWN, "no such command"));
    cluster.given(
        pod(
                "web",
                new ContainerBuilder(container("main"))
                    .withLivenessProbe(probe("alive", 1))
                    .build())
            .build());
    await().until(() -> runtime.calls().stream().filter("exec alive"::equals).count() >= 2);
    assertThat(restarts("web")).isZero();
    runtime.broken.clear();
    runtime.commands.put("alive", NO);
    await().until(() -> restarts("web") == 1);
  }

  @Test
  void livenessIsAskedNoMoreOnceThePodEnds() {
    runtime.commands.put("alive", YES);
    Container main =
        new ContainerBuilder(container("main")).withLivenessProbe(probe("alive", 1)).build();
    cluster.given(pod("web", main).build());
    await().until(() -> runtime.calls().contains("exec alive"));
    runtime.slowToStop = true;
    delete("web");
    await().until(() -> runtime.calls().contains("stop main"));
    int stopped = runtime.calls().lastIndexOf("stop main");
    runtime.exit("main", 0);
    await().until(() -> cluster.all(io.fabric8.kubernetes.api.model.Pod.class).isEmpty());
    assertThat(runtime.calls().subList(stopped, runtime.calls().size()))
        .doesNotContain("exec alive");
  }

  private boolean isReady() {
    return get("web").getStatus().getContainerStatuses().getFirst().getReady();
  }

  private static Probe probe(String command, int failures) {
    return new ProbeBuilder()
        .withNewExec()
        .withCommand(command)
        .endExec()
        .withPeriodSeconds(1)
        .withFailureThreshold(failures)
        .build();
  }
}
