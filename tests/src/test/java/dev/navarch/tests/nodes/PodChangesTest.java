package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.node.host.Cgroup;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// What a pod that is there already makes of changes: of its resources, its deadline, the variables
/// that its mounts go by.
@RealClusterTest
class PodChangesTest {
  private final RealCluster cluster;
  private final Kubectl kubectl;

  PodChangesTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("changes");
  }

  @AfterAll
  void end() {
    kubectl.ok("delete", "namespace", "changes", "--wait=false");
  }

  @Test
  void containersAndPodsGetOtherResourcesInPlaceOrByARestart() {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: sized}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - {name: grows, image: "%1$s", command: [hold], resources: {limits: {cpu: 100m, memory: 32Mi}, requests: {cpu: 50m, memory: 16Mi}}}
          - {name: restarts, image: "%1$s", command: [hold], resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}], resources: {limits: {cpu: 100m, memory: 32Mi}, requests: {cpu: 50m, memory: 16Mi}}}
          - {name: least, image: "%1$s", command: [hold], resources: {limits: {cpu: 2m}, requests: {cpu: 2m}}}
          - {name: nothing, image: "%1$s", command: [hold]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: whole}
        spec:
          terminationGracePeriodSeconds: 1
          resources: {limits: {cpu: 100m, memory: 64Mi}, requests: {cpu: 50m}}
          containers:
          - {name: free, image: "%1$s", command: [hold]}
          - {name: own, image: "%1$s", command: [hold], resources: {limits: {cpu: 50m, memory: 32Mi}}}
        """
            .formatted(RealCluster.IMAGE));
    Pod before = cluster.awaitReady(kubectl, "sized");
    assertThat(before.getStatus().getContainerStatuses())
        .allMatch(container -> container.getResources() != null);
    kubectl.ok(
        "patch",
        "pod",
        "sized",
        "--subresource=resize",
        "-p",
        """
        {"spec": {"containers": [
          {"name": "grows", "resources": {"limits": {"cpu": "200m", "memory": "48Mi"}, "requests": {"cpu": "100m", "memory": "24Mi"}}},
          {"name": "restarts", "resources": {"limits": {"cpu": "150m", "memory": "24Mi"}}},
          {"name": "least", "resources": {"limits": {"cpu": "1m"}, "requests": {"cpu": "1m"}}},
          {"name": "nothing", "resources": {"limits": {"memory": "16Mi"}, "requests": {"cpu": "20m", "memory": "8Mi"}}}]}}
        """);
    kubectl.ok(
        "patch",
        "pod",
        "whole",
        "--subresource=resize",
        "-p",
        """
        {"spec": {"resources": {"limits": {"cpu": "200m", "memory": "80Mi"}, "requests": {"cpu": "150m"}}}}
        """);
    Pod whole =
        cluster.awaitPod(
            kubectl,
            "whole",
            each ->
                RealCluster.isReady(each)
                    && each.getStatus().getResources() != null
                    && "200m".equals(cpu(each.getStatus().getResources().getLimits())));
    assertThat(cpu(whole.getStatus().getAllocatedResources())).isEqualTo("150m");
    Pod pod = cluster.awaitPod(kubectl, "sized", PodChangesTest::isResized);
    assertThat(pod.getStatus().getContainerStatuses())
        .extracting(ContainerStatus::getRestartCount)
        .containsExactly(0, 1, 0, 0);
    assertThat(amount(pod, 2)).isEqualTo("1m 1m");
    assertThat(pod.getStatus().getObservedGeneration())
        .isEqualTo(pod.getMetadata().getGeneration());
    assertThat(kubectl.ok("get", "events", "--field-selector=involvedObject.name=sized"))
        .contains("ResizeCompleted");
    Assumptions.assumeFalse(Cgroup.isUnified());
    assertThat(group("sized", "grows")).isEqualTo("50331648\n20000\n102\n");
    assertThat(group("sized", "restarts")).isEqualTo("25165824\n15000\n51\n");
    assertThat(group("sized", "least")).endsWith("\n1000\n2\n");
    assertThat(group("sized", "nothing")).isEqualTo("16777216\n-1\n20\n");
    assertThat(group("whole", "free")).startsWith("83886080\n20000\n");
    assertThat(group("whole", "own")).startsWith("33554432\n5000\n");
  }

  private static String cpu(Map<String, Quantity> amounts) {
    return String.valueOf(amounts.get("cpu"));
  }

  private static boolean isResized(Pod pod) {
    var statuses = pod.getStatus().getContainerStatuses();
    return RealCluster.isReady(pod)
        && statuses.get(1).getRestartCount() == 1
        && statuses.stream()
            .allMatch(
                status ->
                    pod.getSpec().getContainers().stream()
                        .filter(container -> container.getName().equals(status.getName()))
                        .allMatch(
                            container -> container.getResources().equals(status.getResources())))
        && pod.getStatus().getConditions().stream()
            .map(PodCondition::getType)
            .noneMatch(type -> type.startsWith("PodResize"));
  }

  private static String amount(Pod pod, int container) {
    var resources = pod.getStatus().getContainerStatuses().get(container).getResources();
    return resources.getLimits().get("cpu") + " " + resources.getRequests().get("cpu");
  }

  private String group(String pod, String container) {
    return kubectl.ok(
        "exec",
        pod,
        "-c",
        container,
        "--",
        "sh",
        "-c",
        "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.shares");
  }

  @Test
  void aResizeWaitsUntilOthersHaveGone() {
    kubectl.apply(asking("large", "1500m"));
    kubectl.apply(asking("small", "100m"));
    cluster.awaitReady(kubectl, "large");
    cluster.awaitReady(kubectl, "small");
    kubectl.ok(
        "patch",
        "pod",
        "small",
        "--subresource=resize",
        "-p",
        "{\"spec\": {\"containers\": [{\"name\": \"main\", \"resources\": {\"requests\": {\"cpu\":"
            + " \"1\"}}}]}}");
    Pod waiting =
        cluster.awaitPod(kubectl, "small", pod -> condition(pod, "PodResizePending").size() == 1);
    assertThat(condition(waiting, "PodResizePending").getFirst().getReason()).isEqualTo("Deferred");
    assertThat(condition(waiting, "PodResizePending").getFirst().getMessage())
        .startsWith("Node didn't have enough resource: cpu, requested: 1000, used: ");
    kubectl.ok("delete", "pod", "large", "--wait=false");
    Pod done =
        cluster.awaitPod(
            kubectl,
            "small",
            pod -> condition(pod, "PodResizePending").isEmpty() && requested(pod).equals("1"));
    assertThat(done.getStatus().getContainerStatuses().getFirst().getRestartCount()).isZero();
    kubectl.ok("delete", "pod", "small", "--wait=false");
  }

  private static String requested(Pod pod) {
    return String.valueOf(
        pod.getStatus().getContainerStatuses().getFirst().getResources().getRequests().get("cpu"));
  }

  private static List<PodCondition> condition(Pod pod, String type) {
    return pod.getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .toList();
  }

  private static String asking(String name, String cpu) {
    return Manifests.pod(name, "nodeName: node1", "hold")
        .replace("name: main,", "name: main, resources: {requests: {cpu: %s}},".formatted(cpu));
  }

  @Test
  void aPartOfAVolumeThatCannotBeIsNamedAndHealsWithItsVariable() {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: expanded}
        spec:
          terminationGracePeriodSeconds: 1
          volumes: [{name: v, emptyDir: {}}]
          containers:
          - name: main
            image: "%s"
            command: [hold]
            env: [{name: PART, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['part']"}}}]
            volumeMounts: [{name: v, mountPath: /part, subPathExpr: $(PART)/in}, {name: v, mountPath: /all}]
        """
            .formatted(RealCluster.IMAGE));
    awaitConfigError("expanded");
    kubectl.ok("annotate", "pod", "expanded", "part=here");
    cluster.awaitReady(kubectl, "expanded");
    assertThat(kubectl.in("expanded", "touch /part/f; ls /all/here/in")).isEqualTo("f\n");
    assertThat(
            cluster
                .awaitReady(kubectl, "expanded")
                .getStatus()
                .getContainerStatuses()
                .getFirst()
                .getRestartCount())
        .isZero();
  }

  @Test
  void aPartOfAVolumeDoesNotLeaveIt() {
    for (String[] bad : new String[][] {{"absolute", "/tmp"}, {"upward", ".."}}) {
      kubectl.apply(
          Manifests.pod(bad[0], "volumes: [{name: v, emptyDir: {}}]", "hold")
              .replace(
                  "name: main,",
                  "name: main, env: [{name: PART, value: \"%s\"}], volumeMounts: [{name: v, mountPath: /v, subPathExpr: $(PART)}],"
                      .formatted(bad[1])));
    }
    awaitConfigError("absolute");
    awaitConfigError("upward");
  }

  private void awaitConfigError(String name) {
    cluster.awaitPod(
        kubectl,
        name,
        pod ->
            pod.getStatus().getContainerStatuses().stream()
                .anyMatch(
                    container ->
                        container.getState().getWaiting() != null
                            && "CreateContainerConfigError"
                                .equals(container.getState().getWaiting().getReason())));
  }

  @Test
  void aDeadlineThatIsSetLaterHolds() {
    kubectl.apply(Manifests.pod("deadline", "", "hold"));
    cluster.awaitReady(kubectl, "deadline");
    kubectl.ok("patch", "pod", "deadline", "-p", "{\"spec\": {\"activeDeadlineSeconds\": 2}}");
    Pod pod =
        cluster.awaitPod(
            kubectl, "deadline", found -> "Failed".equals(found.getStatus().getPhase()));
    assertThat(pod.getStatus().getReason()).isEqualTo("DeadlineExceeded");
    assertThat(pod.getStatus().getMessage())
        .isEqualTo("Pod was active on the node longer than the specified deadline");
  }

  @Test
  void theGenerationThatWasSeenIsTheLastOneInTheEnd() {
    kubectl.apply(Manifests.pod("generations", "", "hold"));
    assertThat(cluster.awaitReady(kubectl, "generations").getMetadata().getGeneration())
        .isEqualTo(1);
    for (int i = 1; i <= 10; i++) {
      kubectl.ok(
          "patch",
          "pod",
          "generations",
          "-p",
          "{\"spec\": {\"activeDeadlineSeconds\": %d}}".formatted(10_000 - i));
    }
    Pod pod =
        cluster.awaitPod(
            kubectl,
            "generations",
            found -> Long.valueOf(11).equals(found.getStatus().getObservedGeneration()));
    assertThat(pod.getMetadata().getGeneration()).isEqualTo(11);
    assertThat(pod.getStatus().getConditions())
        .filteredOn(condition -> condition.getType().equals("Ready"))
        .extracting(PodCondition::getObservedGeneration)
        .containsExactly(11L);
  }

  @Test
  void lastWordsAreTheMessage() {
    kubectl.apply(
        last("by-user", "echo -n DONE > /dev/last; exit 0", "terminationMessagePath: /dev/last")
            .replace(
                "restartPolicy: Never",
                "restartPolicy: Never\n  securityContext: {runAsUser: 1000}"));
    String fall = "terminationMessagePolicy: FallbackToLogsOnError";
    kubectl.apply(last("failed", "echo -n DONE; exit 1", fall));
    kubectl.apply(last("silent", "echo DONE; exit 0", fall));
    kubectl.apply(last("wrote", "echo -n OK > /dev/termination-log; echo DONE; exit 0", fall));
    assertThat(lastWords("by-user")).isEqualTo("DONE");
    assertThat(lastWords("failed")).isEqualTo("DONE");
    assertThat(lastWords("silent")).isNull();
    assertThat(lastWords("wrote")).isEqualTo("OK");
  }

  private static String last(String name, String script, String how) {
    return Manifests.pod(name, "restartPolicy: Never", "sh, -c, '" + script + "'")
        .replace("name: main,", "name: main, " + how + ",");
  }

  private @org.jspecify.annotations.Nullable String lastWords(String name) {
    return cluster
        .awaitPod(
            kubectl,
            name,
            pod -> List.of("Succeeded", "Failed").contains(pod.getStatus().getPhase()))
        .getStatus()
        .getContainerStatuses()
        .getFirst()
        .getState()
        .getTerminated()
        .getMessage();
  }
}
