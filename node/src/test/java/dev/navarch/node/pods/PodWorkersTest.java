package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiError;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodWorkersTest extends OnANode {

  PodWorkersTest(@TempDir Path dir) {
    super(dir);
  }

  @Test
  void runsAPodAndTellsTheApi() {
    cluster.given(pod("web", container("one"), container("two")).build());
    awaitPhase("web", "Running");
    var status = get("web").getStatus();
    assertThat(status.getPodIP()).startsWith("10.1.0.");
    assertThat(status.getConditions())
        .filteredOn(condition -> condition.getType().equals("Ready"))
        .extracting("status")
        .containsExactly("True");
    assertThat(status.getContainerStatuses().getFirst().getContainerID())
        .startsWith("fake://container-");
  }

  @Test
  void aSandboxWaitsForVolumesThatSomebodyHasToMake() {
    Volume settings =
        new VolumeBuilder()
            .withName("settings")
            .withNewConfigMap()
            .withName("settings")
            .endConfigMap()
            .build();
    cluster.given(pod("web", container("main")).editSpec().withVolumes(settings).endSpec().build());
    await().until(() -> get("web").getStatus().getStartTime() != null);
    assertThat(runtime.calls()).isEmpty();
    cluster.given(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("settings")
            .endMetadata()
            .build());
    awaitPhase("web", "Running");
    assertThat(runtime.calls()).containsSubsequence("run web", "create main");
  }

  @Test
  void initContainersRunOneAfterTheOther() {
    cluster.given(
        pod("web", container("main"))
            .editSpec()
            .withInitContainers(container("first"), container("second"))
            .endSpec()
            .build());
    await().until(() -> runtime.calls().contains("create first"));
    assertThat(get("web").getStatus().getPhase()).isEqualTo("Pending");
    assertThat(runtime.calls()).doesNotContain("create second");
    runtime.exit("first", 0);
    await().until(() -> runtime.calls().contains("create second"));
    assertThat(runtime.calls()).doesNotContain("create main");
    runtime.exit("second", 0);
    awaitPhase("web", "Running");
  }

  @Test
  void sidecarStartsFirstAndEndsLast() {
    Container sidecar = new ContainerBuilder(container("side")).withRestartPolicy("Always").build();
    cluster.given(
        pod("web", container("main")).editSpec().withInitContainers(sidecar).endSpec().build());
    awaitPhase("web", "Running");
    assertThat(runtime.calls()).containsSubsequence("create side", "create main");
    delete("web");
    await().until(() -> cluster.all(Pod.class).isEmpty());
    assertThat(runtime.calls()).containsSubsequence("stop main", "stop side", "stop sandbox");
  }

  @Test
  void failedContainerIsRestartedOnceAndThenBacksOff() {
    cluster.given(pod("web", container("main")).build());
    awaitPhase("web", "Running");
    runtime.exit("main", 1);
    await().until(() -> restarts("web") == 1);
    runtime.exit("main", 1);
    await()
        .untilAsserted(
            () ->
                assertThat(state("web").getWaiting())
                    .isNotNull()
                    .satisfies(
                        waiting -> {
                          assertThat(waiting.getReason()).isEqualTo("CrashLoopBackOff");
                          assertThat(waiting.getMessage())
                              .startsWith("back-off 10s restarting failed container=main pod=web_");
                        }));
  }

  @Test
  void podThatNeverRestartsSucceedsOrFails() {
    cluster.given(once("good"));
    cluster.given(once("bad"));
    awaitPhase("good", "Running");
    awaitPhase("bad", "Running");
    runtime.exit("bad", 2);
    runtime.exit("good", 0);
    awaitPhase("good", "Succeeded");
    awaitPhase("bad", "Failed");
  }

  @Test
  void missingImageBacksOff() {
    cluster.given(
        pod("web", new ContainerBuilder(container("main")).withImage("absent:1").build()).build());
    await()
        .untilAsserted(
            () ->
                assertThat(state("web").getWaiting().getReason())
                    .isIn("ErrImagePull", "ImagePullBackOff"));
  }

  @Test
  void missingConfigurationIsNamed() {
    Container main =
        new ContainerBuilder(container("main"))
            .addNewEnvFrom()
            .withNewConfigMapRef("nowhere", false)
            .endEnvFrom()
            .build();
    cluster.given(pod("web", main).build());
    await()
        .untilAsserted(
            () -> {
              assertThat(state("web").getWaiting().getReason())
                  .isEqualTo("CreateContainerConfigError");
              assertThat(state("web").getWaiting().getMessage())
                  .isEqualTo("configmap \"nowhere\" not found");
            });
  }

  @Test
  void serverThatIsAwayHoldsNoPodUp() {
    cluster.fail("patch", "pods", new ApiError.Unavailable("away"));
    cluster.given(pod("web", container("main")).build());
    await().until(() -> runtime.calls().contains("create main"));
    cluster.heal();
    awaitPhase("web", "Running");
  }

  @Test
  void nextAgentTakesRunningPodsOver() throws Exception {
    cluster.given(pod("web", container("main")).build());
    awaitPhase("web", "Running");
    stop();
    informers = new ClusterInformers(cluster, new Random(2));
    workers = newWorkers();
    begin();
    cluster.given(pod("later", container("main")).build());
    awaitPhase("later", "Running");
    assertThat(runtime.calls()).containsOnlyOnce("run web");
    assertThat(restarts("web")).isZero();
  }

  @Test
  void podThatTheApiForgotIsEnded() throws Exception {
    cluster.given(pod("web", container("main")).build());
    awaitPhase("web", "Running");
    stop();
    cluster.delete(PODS, new Key("default", "web"), now());
    informers = new ClusterInformers(cluster, new Random(2));
    workers = newWorkers();
    begin();
    await().until(() -> runtime.sandboxes("").isEmpty() && runtime.containers("").isEmpty());
  }

  @Test
  void deletedPodLeavesTheApiAfterItsContainers() {
    cluster.given(pod("web", container("main")).build());
    awaitPhase("web", "Running");
    delete("web");
    await().until(() -> cluster.all(Pod.class).isEmpty());
    assertThat(runtime.containers("")).isEmpty();
    assertThat(runtime.sandboxes("")).isEmpty();
  }

  @Test
  void deadlineEndsAPod() {
    cluster.given(
        pod("web", container("main")).editSpec().withActiveDeadlineSeconds(1L).endSpec().build());
    awaitPhase("web", "Failed");
    assertThat(get("web").getStatus().getReason()).isEqualTo("DeadlineExceeded");
  }

  @Test
  void resizesInPlaceOrByRestart() {
    Container soft = sized(container("soft"), "100m");
    Container hard =
        new ContainerBuilder(sized(container("hard"), "100m"))
            .addNewResizePolicy("cpu", "RestartContainer")
            .build();
    cluster.given(pod("web", soft, hard).build());
    awaitPhase("web", "Running");
    resize("200m");
    await().until(() -> runtime.calls().contains("update soft cpu 20000 memory 0"));
    await().until(() -> runtime.calls().contains("stop hard"));
    await()
        .until(() -> get("web").getStatus().getContainerStatuses().get(1).getRestartCount() == 1);
    assertThat(runtime.calls()).doesNotContain("stop soft");
    await()
        .untilAsserted(
            () ->
                assertThat(get("web").getStatus().getContainerStatuses())
                    .extracting(
                        status -> String.valueOf(status.getResources().getLimits().get("cpu")))
                    .containsExactly("200m", "200m"));
  }

  /// Containers without limits of their own have the pod's, and get them anew.
  @Test
  void aPodIsResizedAsAWhole() {
    Container soft = container("soft");
    Container hard =
        new ContainerBuilder(container("hard"))
            .addNewResizePolicy("cpu", "RestartContainer")
            .build();
    Container own = sized(container("own"), "50m");
    Pod pod = pod("web", soft, hard, own).build();
    pod.getSpec().setResources(whole("100m", "200m"));
    cluster.given(pod);
    awaitPhase("web", "Running");
    await()
        .untilAsserted(
            () ->
                assertThat(get("web").getStatus().getResources()).isEqualTo(whole("100m", "200m")));
    Pod larger = get("web");
    larger.getSpec().setResources(whole("300m", "400m"));
    cluster.update(PODS, larger, "");
    await().until(() -> runtime.calls().contains("update soft cpu 40000 memory 0"));
    await().until(() -> runtime.calls().contains("stop hard"));
    await()
        .untilAsserted(
            () -> {
              var status = get("web").getStatus();
              assertThat(status.getResources()).isEqualTo(whole("300m", "400m"));
              assertThat(status.getAllocatedResources()).containsEntry("cpu", new Quantity("300m"));
            });
    assertThat(runtime.calls()).noneMatch(call -> call.startsWith("update own"));
    larger = get("web");
    larger.getSpec().setResources(whole("9", "9"));
    cluster.update(PODS, larger, "");
    await()
        .untilAsserted(
            () ->
                assertThat(get("web").getStatus().getConditions())
                    .filteredOn(condition -> condition.getType().equals("PodResizePending"))
                    .extracting("reason")
                    .containsExactly("Infeasible"));
    assertThat(get("web").getStatus().getResources()).isEqualTo(whole("300m", "400m"));
  }

  private static ResourceRequirements whole(String request, String limit) {
    return new ResourceRequirementsBuilder()
        .addToRequests("cpu", new Quantity(request))
        .addToLimits("cpu", new Quantity(limit))
        .build();
  }

  @Test
  void resizeThatDoesNotFitIsLeftAndSaidUntilItIsTakenBack() {
    cluster.given(pod("web", sized(container("main"), "100m")).build());
    awaitPhase("web", "Running");
    resize("9");
    await()
        .untilAsserted(
            () ->
                assertThat(get("web").getStatus().getConditions())
                    .filteredOn(condition -> condition.getType().equals("PodResizePending"))
                    .extracting("reason", "message")
                    .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                            "Infeasible",
                            "Node didn't have enough capacity: cpu, requested: 9000, capacity: 2000")));
    resize("100m");
    await()
        .untilAsserted(
            () ->
                assertThat(get("web").getStatus().getConditions())
                    .extracting("type")
                    .doesNotContain("PodResizePending"));
    assertThat(runtime.calls()).noneMatch(call -> call.startsWith("update"));
  }

  @Test
  void runtimeClassNamesTheHandler() {
    var runtimeClass = new io.fabric8.kubernetes.api.model.GenericKubernetesResource();
    runtimeClass.setApiVersion("node.k8s.io/v1");
    runtimeClass.setKind("RuntimeClass");
    runtimeClass.setMetadata(
        new io.fabric8.kubernetes.api.model.ObjectMetaBuilder().withName("special").build());
    runtimeClass.setAdditionalProperty("handler", "kata");
    cluster.create(
        Resource.generic("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", false),
        runtimeClass);
    cluster.given(
        pod("web", container("main")).editSpec().withRuntimeClassName("special").endSpec().build());
    awaitPhase("web", "Running");
    assertThat(runtime.calls()).contains("run web by kata");
  }

  private void resize(String cpu) {
    Pod pod = get("web");
    pod.getSpec()
        .setContainers(
            pod.getSpec().getContainers().stream().map(each -> sized(each, cpu)).toList());
    cluster.update(PODS, pod, "");
  }

  private static Container sized(Container container, String cpu) {
    return new ContainerBuilder(container)
        .withNewResources()
        .addToRequests("cpu", new Quantity(cpu))
        .addToLimits("cpu", new Quantity(cpu))
        .endResources()
        .build();
  }
}
