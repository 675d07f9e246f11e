package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What follows when containers end: by the pod's policy, their own, and their rules.
class RestartTest extends OnANode {

  RestartTest(@TempDir Path dir) {
    super(dir);
  }

  @Test
  void containersOwnPolicyComesBeforeThePods() {
    Container stays = new ContainerBuilder(container("stays")).withRestartPolicy("Never").build();
    cluster.given(pod("web", container("comes-back"), stays).build());
    awaitPhase("web", "Running");
    runtime.exit("comes-back", 0);
    runtime.exit("stays", 0);
    await().until(() -> restartsOf("comes-back") == 1);
    assertThat(restartsOf("stays")).isZero();
    assertThat(get("web").getStatus().getPhase()).isEqualTo("Running");
  }

  @Test
  void podWithoutAnyRestartLeftEndsWhateverItsOwnPolicy() {
    Container stays = new ContainerBuilder(container("stays")).withRestartPolicy("Never").build();
    cluster.given(pod("web", stays).build());
    awaitPhase("web", "Running");
    runtime.exit("stays", 3);
    awaitPhase("web", "Failed");
  }

  @Test
  void ruleRestartsOneExitCodeOfAPodThatNeverRestarts() {
    cluster.given(
        pod("web", ruled("main", "Restart", 42))
            .editSpec()
            .withRestartPolicy("Never")
            .endSpec()
            .build());
    awaitPhase("web", "Running");
    runtime.exit("main", 42);
    await().until(() -> restartsOf("main") == 1);
    await().until(() -> state("web").getRunning() != null);
    runtime.exit("main", 1);
    awaitPhase("web", "Failed");
  }

  @Test
  void ruleRestartsAllContainersFromTheFirstInitContainerOn() {
    cluster.given(
        pod("web", ruled("main", "RestartAllContainers", 88), container("other"))
            .editSpec()
            .withRestartPolicy("Never")
            .withInitContainers(container("first"))
            .endSpec()
            .build());
    await().until(() -> runtime.calls().contains("create first"));
    runtime.exit("first", 0);
    awaitPhase("web", "Running");
    runtime.exit("main", 88);
    await().until(() -> runtime.calls().stream().filter("create first"::equals).count() == 2);
    assertThat(runtime.calls()).contains("stop other");
    assertThat(runtime.calls()).containsOnlyOnce("create main").containsOnlyOnce("run web");
    await().until(() -> "Pending".equals(get("web").getStatus().getPhase()));
    assertThat(condition("Initialized")).extracting(PodCondition::getStatus).isEqualTo("True");
    runtime.exit("first", 0);
    awaitPhase("web", "Running");
    await().until(() -> restartsOf("main") == 1 && restartsOf("other") == 1);
    assertThat(condition("AllContainersRestarting"))
        .satisfies(
            condition -> {
              assertThat(condition.getStatus()).isEqualTo("False");
              assertThat(condition.getMessage())
                  .isEqualTo("Container main exited with code 88, triggering pod restart");
            });
    runtime.exit("other", 0);
    runtime.exit("main", 0);
    awaitPhase("web", "Succeeded");
    assertThat(condition("AllContainersRestarting").getStatus()).isEqualTo("False");
  }

  @Test
  void changedImageReplacesAContainerEvenIfThePodNeverRestarts() {
    runtime.images.add("here:2");
    cluster.given(
        pod("web", container("main")).editSpec().withRestartPolicy("Never").endSpec().build());
    awaitPhase("web", "Running");
    var pod = get("web");
    pod.getSpec().getContainers().getFirst().setImage("here:2");
    cluster.update(PODS, pod, "");
    await().until(() -> restartsOf("main") == 1);
    assertThat(get("web").getStatus().getPhase()).isEqualTo("Running");
  }

  @Test
  void sidecarsEndInReverseOrder() {
    Container one = new ContainerBuilder(container("one")).withRestartPolicy("Always").build();
    Container two = new ContainerBuilder(container("two")).withRestartPolicy("Always").build();
    cluster.given(
        pod("web", container("main")).editSpec().withInitContainers(one, two).endSpec().build());
    awaitPhase("web", "Running");
    assertThat(runtime.calls()).containsSubsequence("create one", "create two", "create main");
    delete("web");
    await().until(() -> cluster.all(io.fabric8.kubernetes.api.model.Pod.class).isEmpty());
    assertThat(runtime.calls()).containsSubsequence("stop main", "stop two", "stop one");
  }

  @Test
  void podIsDeletedWhileAHookOfItsStartHangs() {
    Container main =
        new ContainerBuilder(container("main"))
            .withNewLifecycle()
            .withNewPostStart()
            .withNewSleep(3600L)
            .endPostStart()
            .endLifecycle()
            .build();
    cluster.given(pod("web", main).build());
    await().until(() -> runtime.calls().contains("create main"));
    delete("web");
    await().until(() -> cluster.all(io.fabric8.kubernetes.api.model.Pod.class).isEmpty());
  }

  @Test
  void aContainerWhoseFirstHookFailsIsEndedAsAnyOther() {
    Container main =
        new ContainerBuilder(container("main"))
            .withNewLifecycle()
            .withNewPostStart()
            .withNewExec()
            .withCommand("begin")
            .endExec()
            .endPostStart()
            .withNewPreStop()
            .withNewExec()
            .withCommand("end")
            .endExec()
            .endPreStop()
            .endLifecycle()
            .build();
    runtime.commands.put("begin", new ContainerRuntime.ExecResult(1, new byte[0], new byte[0]));
    cluster.given(pod("web", main).build());
    await().until(() -> runtime.calls().contains("stop main"));
    assertThat(runtime.calls())
        .containsSubsequence("create main", "exec begin", "exec end", "stop main");
  }

  @Test
  void whatFailsIsTriedLessAndLess() {
    runtime.broken.put("run web", new CriException(Status.Code.UNKNOWN, "no network"));
    cluster.given(pod("web", container("main")).build());
    await().until(() -> tries() == 1);
    Instant first = Instant.now();
    await().until(() -> tries() == 3);
    assertThat(Duration.between(first, Instant.now())).isGreaterThan(Duration.ofMillis(2_500));
    runtime.broken.clear();
    awaitPhase("web", "Running");
  }

  private long tries() {
    return runtime.calls().stream().filter("run web"::equals).count();
  }

  @Test
  void nextAgentLeavesTheLastWordOfAnEndedPodAsItIs() throws Exception {
    cluster.given(
        pod("web", container("main")).editSpec().withActiveDeadlineSeconds(1L).endSpec().build());
    awaitPhase("web", "Failed");
    var before = get("web").getStatus();
    stop();
    informers = new dev.navarch.client.ClusterInformers(cluster, new java.util.Random(2));
    workers = newWorkers();
    begin();
    cluster.given(pod("later", container("main")).build());
    awaitPhase("later", "Running");
    assertThat(get("web").getStatus()).isEqualTo(before);
    assertThat(before.getReason()).isEqualTo("DeadlineExceeded");
  }

  @Test
  void podThatTheNodeRefusesHasNoContainersToTellOf() {
    cluster.given(
        pod("web", container("main"))
            .editSpec()
            .withNewSecurityContext()
            .addNewSysctl("kernel.msgmax", "1")
            .endSecurityContext()
            .endSpec()
            .build());
    awaitPhase("web", "Failed");
    var status = get("web").getStatus();
    assertThat(status.getReason()).isEqualTo("SysctlForbidden");
    assertThat(status.getMessage())
        .isEqualTo("Pod was rejected: forbidden sysctl: \"kernel.msgmax\" not allowlisted");
    assertThat(status.getContainerStatuses()).isEmpty();
    assertThat(runtime.calls()).isEmpty();
  }

  @Test
  void phaseIsNotFinalWhileAContainerStillRuns() {
    runtime.slowToStop = true;
    cluster.given(
        pod("web", container("main")).editSpec().withActiveDeadlineSeconds(1L).endSpec().build());
    awaitPhase("web", "Running");
    await().until(() -> runtime.calls().contains("stop main"));
    await().until(() -> "DeadlineExceeded".equals(get("web").getStatus().getReason()));
    assertThat(get("web").getStatus().getPhase()).isEqualTo("Running");
    runtime.exit("main", 137);
    awaitPhase("web", "Failed");
  }

  private static Container ruled(String name, String action, int code) {
    return new ContainerBuilder(container(name))
        .withRestartPolicy("Never")
        .addNewRestartPolicyRule()
        .withAction(action)
        .withNewExitCodes()
        .withOperator("In")
        .withValues(code)
        .endExitCodes()
        .endRestartPolicyRule()
        .build();
  }

  private int restartsOf(String container) {
    return get("web").getStatus().getContainerStatuses().stream()
        .filter(status -> status.getName().equals(container))
        .mapToInt(ContainerStatus::getRestartCount)
        .findFirst()
        .orElse(-1);
  }

  private PodCondition condition(String type) {
    return get("web").getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }
}
