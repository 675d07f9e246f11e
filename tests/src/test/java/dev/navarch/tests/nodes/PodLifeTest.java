package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// From a pod's first init container to its last word: in real containers.
@RealClusterTest
class PodLifeTest {
  private final RealCluster cluster;
  private final Kubectl kubectl;

  PodLifeTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("life");
  }

  @Test
  void exitCodeRestartsAllContainersAndFilesBecomeVariables() {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: again}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 5
          volumes: [{name: shared, emptyDir: {}}]
          initContainers:
          - name: prepare
            image: "%1$s"
            command: [sh, -c, "echo run >> /shared/runs; echo \\"COLOUR='deep  green'\\" > /shared/env"]
            volumeMounts: [{name: shared, mountPath: /shared}]
          - {name: side, image: "%1$s", restartPolicy: Always, command: [hold]}
          containers:
          - name: main
            image: "%1$s"
            command: [sh, -c, "[ $(wc -l < /shared/runs) = 2 ] || exit 88; echo -n \\"$COLOUR\\" > /dev/termination-log"]
            env: [{name: COLOUR, valueFrom: {fileKeyRef: {volumeName: shared, path: env, key: COLOUR}}}]
            volumeMounts: [{name: shared, mountPath: /shared}]
            restartPolicy: Never
            restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: In, values: [88]}}]
        """
            .formatted(RealCluster.IMAGE));
    Pod pod = awaitPhase("again", "Succeeded");
    assertThat(pod.getStatus().getInitContainerStatuses())
        .extracting(ContainerStatus::getRestartCount)
        .containsExactly(1, 1);
    ContainerStatus main = pod.getStatus().getContainerStatuses().getFirst();
    assertThat(main.getRestartCount()).isEqualTo(1);
    assertThat(main.getState().getTerminated().getMessage()).isEqualTo("deep  green");
    assertThat(main.getLastState().getTerminated().getExitCode()).isEqualTo(88);
    assertThat(pod.getStatus().getConditions())
        .extracting(PodCondition::getType)
        .startsWith("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady");
  }

  @Test
  void sidecarsOutliveTheOthersAndHooksHaveTheirSay() throws Exception {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: ordered}
        spec:
          terminationGracePeriodSeconds: 20
          volumes: [{name: told, hostPath: {path: %3$s, type: DirectoryOrCreate}}]
          initContainers:
          - {name: first, image: "%1$s", restartPolicy: Always, command: [sh, -c, "%2$s", first], volumeMounts: [{name: told, mountPath: /told}]}
          - {name: second, image: "%1$s", restartPolicy: Always, command: [sh, -c, "%2$s", second], volumeMounts: [{name: told, mountPath: /told}]}
          containers:
          - name: main
            image: "%1$s"
            command: [sh, -c, "%2$s", main]
            volumeMounts: [{name: told, mountPath: /told}]
            lifecycle:
              postStart: {exec: {command: [sh, -c, "echo begun >> /told/order"]}}
              preStop: {exec: {command: [sh, -c, "echo asked >> /told/order"]}}
        """
            .formatted(
                RealCluster.IMAGE,
                "trap 'sleep 0.3; echo $0 >> /told/order; exit 0' TERM; while true; do sleep 0.1; done",
                cluster.home()));
    cluster.awaitReady(kubectl, "ordered");
    kubectl.ok("delete", "pod", "ordered");
    Path told = cluster.home().resolve("order");
    assertThat(Files.readAllLines(told))
        .containsExactly("begun", "asked", "main", "second", "first");
  }

  @Test
  void podKnowsItsNamesAndWhatItMayUse() {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: named, annotations: {note: "a b"}}
        spec:
          terminationGracePeriodSeconds: 2
          hostname: first
          subdomain: team
          setHostnameAsFQDN: true
          shareProcessNamespace: true
          hostAliases: [{ip: 10.9.9.9, hostnames: [db, db.example]}]
          dnsPolicy: None
          dnsConfig: {nameservers: [10.9.9.1], searches: [one.example], options: [{name: ndots, value: "2"}]}
          securityContext: {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: "42"}]}
          containers:
          - name: main
            image: "%s"
            command: [hold]
            resources: {limits: {cpu: 250m, memory: 64Mi}, requests: {cpu: 100m}}
            env:
            - {name: NOTE, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['note']"}}}
            - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
            - {name: HOST, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
            - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
            - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
            - {name: LATER, value: "$(NOTE) $$(NOTE) $(NOBODY)"}
        """
            .formatted(RealCluster.IMAGE));
    Pod pod = cluster.awaitReady(kubectl, "named");
    String ip = pod.getStatus().getPodIP();
    assertThat(kubectl.in("named", "hostname")).isEqualTo("first.team.life.svc.cluster.local\n");
    assertThat(kubectl.in("named", "cat /etc/hosts"))
        .contains(ip + "\tfirst.team.life.svc.cluster.local\tfirst\n")
        .contains("10.9.9.9\tdb\tdb.example\n");
    assertThat(kubectl.in("named", "cat /etc/resolv.conf").lines())
        .containsExactlyInAnyOrder("nameserver 10.9.9.1", "search one.example", "options ndots:2");
    assertThat(kubectl.in("named", "echo \"$NODE $HOST $CPU $MEMORY $LATER\""))
        .isEqualTo(
            "%s %s 250 64 a b $(NOTE) $(NOBODY)\n"
                .formatted(pod.getSpec().getNodeName(), pod.getStatus().getHostIP()));
    assertThat(kubectl.in("named", "cat /proc/sys/net/ipv4/ip_unprivileged_port_start"))
        .isEqualTo("42\n");
    assertThat(kubectl.in("named", "cat /proc/1/cmdline")).contains("pause");
  }

  @Test
  void whatTheNodeCannotGiveIsRefusedByName() {
    List<String> pods =
        List.of(
            "sysctl|securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}|SysctlForbidden|forbidden sysctl: \"kernel.msgmax\" not allowlisted",
            "groups|securityContext: {supplementalGroupsPolicy: Strict}|SupplementalGroupsPolicyNotSupported|SupplementalGroupsPolicy=Strict is not supported in this node",
            "armour|securityContext: {appArmorProfile: {type: RuntimeDefault}}|AppArmor|Cannot enforce AppArmor: AppArmor is not enabled on the host");
    boolean hasAppArmor = Files.exists(Path.of("/sys/module/apparmor/parameters/enabled"));
    for (String line : pods) {
      String[] part = line.split("\\|");
      if (part[0].equals("armour") && hasAppArmor) {
        continue;
      }
      kubectl.apply(Manifests.pod(part[0], part[1], "hold"));
      Pod pod = awaitPhase(part[0], "Failed");
      assertThat(pod.getStatus().getReason()).isEqualTo(part[2]);
      assertThat(pod.getStatus().getMessage()).contains(part[3]);
    }
    kubectl.apply(Manifests.pod("users", "hostUsers: false", "hold"));
    await()
        .atMost(RealCluster.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(kubectl.ok("get", "events"))
                    .contains("handler \"\" does not support user namespaces"));
    kubectl.ok("delete", "pod", "users");
  }

  @Test
  void endOfTheLogIsTheMessageOfAFailureThatLeftNone() {
    kubectl.apply(
        Manifests.pod("silent", "restartPolicy: Never", "sh, -c, 'echo first; echo last; exit 3'")
            .replace(
                "name: main,", "name: main, terminationMessagePolicy: FallbackToLogsOnError,"));
    var ended = main(awaitPhase("silent", "Failed")).getState().getTerminated();
    assertThat(ended.getExitCode()).isEqualTo(3);
    assertThat(ended.getReason()).isEqualTo("Error");
    assertThat(ended.getMessage()).isEqualTo("first\nlast\n");
  }

  private Pod awaitPhase(String name, String phase) {
    return cluster.awaitPod(kubectl, name, pod -> phase.equals(pod.getStatus().getPhase()));
  }

  private static ContainerStatus main(Pod pod) {
    return pod.getStatus().getContainerStatuses().getFirst();
  }
}
