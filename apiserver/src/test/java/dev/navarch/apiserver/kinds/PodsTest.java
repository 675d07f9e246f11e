package dev.navarch.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodsTest {
  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: web, namespace: default}
      spec:
        containers:
        - name: main
          image: nginx:1.27
      """;

  @Test
  void fillsInWhatAuthorsLeaveOut() {
    Given pod = Given.yaml(POD);
    assertThat(pod.errors()).isEmpty();
    assertThat(pod.at("/spec/restartPolicy")).isEqualTo("Always");
    assertThat(pod.at("/spec/dnsPolicy")).isEqualTo("ClusterFirst");
    assertThat(pod.at("/spec/schedulerName")).isEqualTo("default-scheduler");
    assertThat(pod.at("/spec/terminationGracePeriodSeconds")).isEqualTo("30");
    assertThat(pod.at("/spec/enableServiceLinks")).isEqualTo("true");
    assertThat(pod.at("/spec/securityContext")).isEqualTo("{}");
    assertThat(pod.at("/spec/containers/0/terminationMessagePath"))
        .isEqualTo("/dev/termination-log");
    assertThat(pod.at("/spec/containers/0/terminationMessagePolicy")).isEqualTo("File");
    assertThat(pod.at("/spec/containers/0/resources")).isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource({
    "nginx, Always",
    "nginx:latest, Always",
    "nginx:1.27, IfNotPresent",
    "registry:5000/nginx, Always",
    "registry:5000/nginx:v1, IfNotPresent",
    "nginx@sha256:0123, IfNotPresent"
  })
  void pullsImagesThatMayChange(String image, String policy) {
    Given pod = Given.yaml(POD.replace("nginx:1.27", "\"" + image + "\""));
    assertThat(pod.at("/spec/containers/0/imagePullPolicy")).isEqualTo(policy);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "requests: {cpu: 2} | requests: {cpu: 1500m} | ``",
        "requests: {cpu: 1} | requests: {cpu: 1500m} | spec.resources.requests[cpu]: Invalid value: \"1\": must be greater than or equal to aggregate container requests of 1500m",
        "limits: {cpu: 1} | requests: {cpu: 500m}, limits: {cpu: 2} | spec.containers[0].resources.limits[cpu]: Invalid value: \"2\": must be less than or equal to pod limits of 1",
        "requests: {ephemeral-storage: 1Gi} | limits: {} | spec.resources.requests[ephemeral-storage]: Unsupported value: \"ephemeral-storage\": supported values: \"cpu\", \"hugepages-\", \"memory\"",
        "requests: {cpu: 1}, claims: [{name: gpu}] | limits: {} | spec.resources.claims: Forbidden: claims may not be set for resources of the pod as a whole",
      })
  void aPodAsAWholeHasRoomForItsContainers(String whole, String container, String complaint) {
    Given pod =
        Given.yaml(POD + "    resources: {%s}\n  resources: {%s}\n".formatted(container, whole));
    assertThat(String.join(", ", pod.errors())).isEqualTo(complaint);
  }

  @Test
  void whatAPodIsLimitedToAsAWholeItAsksForToo() {
    Given pod =
        Given.yaml(
            POD
                + "    resources: {requests: {cpu: 250m}}\n"
                + "  resources: {limits: {cpu: 1, memory: 1Gi}}\n");
    assertThat(pod.at("/spec/resources/requests/cpu")).isEqualTo("250m");
    assertThat(pod.at("/spec/resources/requests/memory")).isEqualTo("1Gi");
  }

  @Test
  void fillsInProbesVolumesAndRequests() {
    Given pod =
        Given.yaml(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              serviceAccount: robot
              volumes:
              - {name: scratch}
              - {name: settings, configMap: {name: c}}
              - name: token
                projected: {sources: [{serviceAccountToken: {path: token}}]}
              containers:
              - name: main
                image: a:1
                ports: [{containerPort: 80}]
                env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
                resources: {limits: {cpu: 500m}}
                livenessProbe: {httpGet: {port: 80}}
            """);
    assertThat(pod.errors()).isEmpty();
    assertThat(pod.at("/spec/serviceAccountName")).isEqualTo("robot");
    assertThat(pod.at("/spec/volumes/0/emptyDir")).isEqualTo("{}");
    assertThat(pod.at("/spec/volumes/1/configMap/defaultMode")).isEqualTo("420");
    assertThat(pod.at("/spec/volumes/2/projected/sources/0/serviceAccountToken/expirationSeconds"))
        .isEqualTo("3600");
    assertThat(pod.at("/spec/containers/0/ports/0/protocol")).isEqualTo("TCP");
    assertThat(pod.at("/spec/containers/0/env/0/valueFrom/fieldRef/apiVersion")).isEqualTo("v1");
    assertThat(pod.at("/spec/containers/0/resources/requests/cpu")).isEqualTo("500m");
    String probe = "/spec/containers/0/livenessProbe";
    assertThat(pod.at(probe + "/periodSeconds")).isEqualTo("10");
    assertThat(pod.at(probe + "/httpGet/path")).isEqualTo("/");
    assertThat(pod.at(probe + "/httpGet/scheme")).isEqualTo("HTTP");
  }

  @Test
  void beginsPendingWithAClassOfService() {
    assertThat(Given.yaml(POD).created().at("/status/qosClass")).isEqualTo("BestEffort");
    String limited = POD + "    resources: {limits: {cpu: 1, memory: 1Gi}}\n";
    assertThat(Given.yaml(limited).created().at("/status/qosClass")).isEqualTo("Guaranteed");
    String asking = POD + "    resources: {requests: {cpu: 1}}\n";
    assertThat(Given.yaml(asking).created().at("/status/qosClass")).isEqualTo("Burstable");
    String whole = "  resources: {limits: {cpu: 2, memory: 2Gi}%s}\n";
    assertThat(Given.yaml(POD + whole.formatted("")).created().at("/status/qosClass"))
        .isEqualTo("Guaranteed");
    assertThat(Given.yaml(asking + whole.formatted("")).created().at("/status/qosClass"))
        .isEqualTo("Burstable");
    String less = whole.formatted(", requests: {cpu: 1, memory: 2Gi}");
    assertThat(Given.yaml(limited + less).created().at("/status/qosClass")).isEqualTo("Burstable");
    assertThat(Given.yaml(POD).created().at("/status/phase")).isEqualTo("Pending");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "containers: [] | spec.containers: Required value",
        "containers: [{name: a}] | spec.containers[0].image: Required value",
        "containers: [{image: b}] | spec.containers[0].name: Required value",
        "containers: [{name: a, image: b}, {name: a, image: b}] | spec.containers[1].name:"
            + " Duplicate value: \"a\"",
        "containers: [{name: a, image: b, ports: [{containerPort: 70000}]}] |"
            + " spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1"
            + " and 65535, inclusive",
        "containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /m}]}] |"
            + " spec.containers[0].volumeMounts[0].name: Not found: \"v\"",
        "containers: [{name: a, image: b, imagePullPolicy: Sometimes}] |"
            + " spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported"
            + " values: \"Always\", \"IfNotPresent\", \"Never\"",
        "containers: [{name: a, image: b, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}] |"
            + " spec.containers[0].resources.requests: Invalid value: \"2\": must be less than"
            + " or equal to cpu limit of 1",
        "containers: [{name: a, image: b, resources: {requests: {cpu: -1}}}] |"
            + " spec.containers[0].resources.requests[cpu]: Invalid value: -1: must be greater than"
            + " or equal to 0",
        "containers: [{name: a, image: b, livenessProbe: {}}] |"
            + " spec.containers[0].livenessProbe: Required value: must specify a handler type",
        "containers: [{name: a, image: b, env: [{name: X, valueFrom: {fieldRef: {fieldPath: spec.x}}}]}]"
            + " | spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: \"spec.x\":"
            + " supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\","
            + " \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\","
            + " \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"",
        "{activeDeadlineSeconds: 0, containers: [{name: a, image: b}]} | spec.activeDeadlineSeconds:"
            + " Invalid value: 0: must be between 1 and 2147483647, inclusive",
        "{volumes: [{name: v, emptyDir: {}, hostPath: {path: /}}], containers: [{name: a, image: b}]}"
            + " | spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
        "{tolerations: [{operator: Equal}], containers: [{name: a, image: b}]} |"
            + " spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when"
            + " `key` is empty, which means \"match all values and all keys\"",
      })
  void saysWhatIsWrong(String spec, String error) {
    String body = spec.startsWith("{") ? spec : "{" + spec + "}";
    Given pod =
        Given.yaml("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: " + body + "}");
    assertThat(pod.errors()).containsExactly(error);
  }

  @Test
  void letsOnlyAFewThingsChange() {
    Given pod = Given.yaml(POD);
    assertThat(pod.changedTo(Given.yaml(POD.replace("1.27", "1.28")))).isEmpty();
    assertThat(pod.changedTo(Given.yaml(POD + "  tolerations: [{operator: Exists}]\n"))).isEmpty();
    assertThat(Given.yaml(POD + "  tolerations: [{operator: Exists}]\n").changedTo(pod))
        .containsExactly(
            "spec.tolerations: Forbidden: existing toleration can not be modified except its"
                + " tolerationSeconds");
    assertThat(pod.changedTo(Given.yaml(POD + "  hostNetwork: true\n")))
        .singleElement()
        .asString()
        .startsWith("spec: Forbidden: pod updates may not change fields other than")
        .endsWith("changed: hostNetwork");
    assertThat(pod.changedTo(Given.yaml(POD + "  - {name: more, image: x}\n")))
        .containsExactly(
            "spec.containers: Forbidden: pod updates may not add or remove containers");
  }
}
