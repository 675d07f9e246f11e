package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.host.Cgroup;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// What a pod's manifest asks for is what its containers get.
@RealClusterTest
class PodFeaturesTest {
  private final RealCluster cluster;
  private final Kubectl kubectl;

  PodFeaturesTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("features");
  }

  @Test
  void environmentAndVolumesComeFromObjects() {
    kubectl.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {colour: green, size: "7"}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: hidden}
        stringData: {password: s3cret}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: configured, labels: {tier: front}}
        spec:
          terminationGracePeriodSeconds: 2
          initContainers:
          - {name: prepare, image: "%1$s", command: [sh, -c, "echo prepared > /shared/file"], volumeMounts: [{name: shared, mountPath: /shared}]}
          containers:
          - name: main
            image: "%1$s"
            command: [hold]
            env:
            - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
            - {name: PASSWORD, valueFrom: {secretKeyRef: {name: hidden, key: password}}}
            - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: ADDRESS, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: BOTH, value: "$(POD)-$(COLOUR)"}
            envFrom: [{configMapRef: {name: settings}, prefix: S_}]
            volumeMounts:
            - {name: shared, mountPath: /shared}
            - {name: settings, mountPath: /settings}
            - {name: hidden, mountPath: /hidden, readOnly: true}
            - {name: about, mountPath: /about}
          volumes:
          - {name: shared, emptyDir: {}}
          - {name: settings, configMap: {name: settings}}
          - {name: hidden, secret: {secretName: hidden, defaultMode: 0400}}
          - {name: about, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
        """
            .formatted(RealCluster.IMAGE));
    Pod pod = cluster.awaitReady(kubectl, "configured");
    assertThat(kubectl.in("configured", "echo $COLOUR $PASSWORD $POD $ADDRESS $BOTH $S_size"))
        .isEqualTo(
            "green s3cret configured %s configured-green 7\n"
                .formatted(pod.getStatus().getPodIP()));
    assertThat(kubectl.in("configured", "cat /shared/file /settings/size /hidden/password"))
        .isEqualTo("prepared\n7s3cret");
    assertThat(kubectl.in("configured", "cat /about/labels")).contains("tier=\"front\"");
    assertThat(kubectl.in("configured", "stat -Lc %a /hidden/password")).isEqualTo("400\n");
    assertThat(kubectl.run("exec", "configured", "--", "touch", "/hidden/x").all())
        .contains("Read-only file system");
  }

  @Test
  void readinessDecidesWhoServesAndLivenessWhoRestarts() {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: probed, labels: {app: probed}}
        spec:
          terminationGracePeriodSeconds: 2
          containers:
          - name: main
            image: "%s"
            command: [sh, -c, "touch /tmp/alive; serve 80"]
            readinessProbe: {exec: {command: [test, -e, /tmp/ready]}, periodSeconds: 1, failureThreshold: 1}
            livenessProbe: {exec: {command: [test, -e, /tmp/alive]}, periodSeconds: 1, failureThreshold: 2}
        """
            .formatted(RealCluster.IMAGE));
    kubectl.apply(Manifests.service("probed", "probed", ""));
    cluster.awaitPod(kubectl, "probed", pod -> "Running".equals(pod.getStatus().getPhase()));
    awaitServing("probed", false);
    kubectl.in("probed", "touch /tmp/ready");
    cluster.awaitReady(kubectl, "probed");
    awaitServing("probed", true);
    kubectl.in("probed", "rm /tmp/ready");
    awaitServing("probed", false);
    kubectl.in("probed", "rm /tmp/alive");
    cluster.awaitPod(kubectl, "probed", pod -> main(pod).getRestartCount() == 1);
    assertThat(kubectl.ok("get", "events"))
        .contains("Unhealthy")
        .contains("Container main failed liveness probe, will be restarted");
  }

  private void awaitServing(String service, boolean serving) {
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(kubectl.get("endpoints", service).at("/subsets/0/addresses").size() == 1)
                    .isEqualTo(serving));
  }

  @Test
  void limitsAreTheControlGroups() {
    kubectl.apply(
        Manifests.pod("limited", "", "hold")
            .replace(
                "name: main,",
                "name: main, resources: {limits: {cpu: 250m, memory: 64Mi}, requests: {cpu: 100m}},"));
    cluster.awaitReady(kubectl, "limited");
    if (Cgroup.isUnified()) {
      assertThat(kubectl.in("limited", "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max"))
          .isEqualTo("67108864\n25000 100000\n");
    } else {
      assertThat(
              kubectl.in(
                  "limited",
                  "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.shares"))
          .isEqualTo("67108864\n25000\n102\n");
    }
  }

  @Test
  void containerAboveItsMemoryLimitIsKilledAndSaysSo() {
    kubectl.apply(
        Manifests.pod("greedy", "restartPolicy: Never", "tail, /dev/zero")
            .replace("name: main,", "name: main, resources: {limits: {memory: 16Mi}},"));
    Pod pod =
        cluster.awaitPod(kubectl, "greedy", found -> "Failed".equals(found.getStatus().getPhase()));
    assertThat(main(pod).getState().getTerminated().getReason()).isEqualTo("OOMKilled");
    assertThat(main(pod).getState().getTerminated().getExitCode()).isEqualTo(137);
  }

  @Test
  void missingImageIsReportedQuickly() {
    kubectl.apply(
        Manifests.pod("absent", "", "hold")
            .replace(RealCluster.IMAGE, "registry.invalid/absent:1"));
    Pod pod =
        cluster.awaitPod(
            kubectl,
            "absent",
            found ->
                !found.getStatus().getContainerStatuses().isEmpty()
                    && "ImagePullBackOff".equals(main(found).getState().getWaiting().getReason()));
    assertThat(main(pod).getState().getWaiting().getMessage())
        .contains("registry.invalid/absent:1");
    assertThat(kubectl.ok("describe", "pod", "absent"))
        .contains("Failed to pull image")
        .contains("ErrImagePull")
        .contains("Back-off pulling image");
  }

  @Test
  void terminationHasItsGrace() {
    kubectl.apply(
        Manifests.pod(
                "polite",
                "",
                "sh, -c, 'trap \"echo asked; sleep 1; echo done > /late/file; exit 0\" TERM; while true; do sleep 0.1; done'")
            .replace("name: main,", "name: main, volumeMounts: [{name: late, mountPath: /late}],")
            .replace(
                "terminationGracePeriodSeconds: 2",
                "terminationGracePeriodSeconds: 20\n  volumes: [{name: late, hostPath: {path: %s, type: DirectoryOrCreate}}]"
                    .formatted(cluster.home())));
    kubectl.apply(
        Manifests.pod("stubborn", "", "sh, -c, 'trap \"\" TERM; while true; do sleep 0.1; done'"));
    cluster.awaitReady(kubectl, "polite");
    cluster.awaitReady(kubectl, "stubborn");
    Instant start = Instant.now();
    kubectl.ok("delete", "pod", "polite");
    assertThat(Duration.between(start, Instant.now()))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(12));
    assertThat(cluster.home().resolve("file")).hasContent("done\n");
    Instant again = Instant.now();
    kubectl.ok("delete", "pod", "stubborn");
    assertThat(Duration.between(again, Instant.now()))
        .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(12));
  }

  @Test
  void securityContextDecidesTheUser() {
    kubectl.apply(
        Manifests.pod(
                "user",
                "securityContext: {runAsUser: 1234, runAsGroup: 2345, fsGroup: 3456}\n  volumes: [{name: own, emptyDir: {}}]",
                "hold")
            .replace(
                "name: main,",
                "name: main, securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}, volumeMounts: [{name: own, mountPath: /own}],"));
    cluster.awaitReady(kubectl, "user");
    assertThat(kubectl.in("user", "id -u; id -g; id -G")).isEqualTo("1234\n2345\n2345 3456\n");
    assertThat(kubectl.in("user", "touch /own/file; stat -c %g /own/file")).isEqualTo("3456\n");
    assertThat(kubectl.run("exec", "user", "--", "touch", "/file").all())
        .contains("Read-only file system");
    assertThat(kubectl.in("user", "grep -E 'CapEff|NoNewPrivs' /proc/1/status"))
        .contains("0000000000000000")
        .containsPattern("NoNewPrivs:\\s1");
    kubectl.apply(Manifests.pod("rootless", "securityContext: {runAsNonRoot: true}", "hold"));
    Pod refused =
        cluster.awaitPod(
            kubectl,
            "rootless",
            pod ->
                pod.getStatus().getContainerStatuses().stream()
                    .anyMatch(
                        c ->
                            c.getState().getWaiting() != null
                                && "CreateContainerConfigError"
                                    .equals(c.getState().getWaiting().getReason())));
    assertThat(main(refused).getState().getWaiting().getMessage())
        .contains("container has runAsNonRoot and image will run as root");
  }

  private static ContainerStatus main(Pod pod) {
    return pod.getStatus().getContainerStatuses().getFirst();
  }
}
