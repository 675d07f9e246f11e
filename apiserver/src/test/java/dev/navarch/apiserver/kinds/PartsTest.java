package dev.navarch.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What may be written through a subresource, and what is said of the rest.
class PartsTest {

  private static Given pod(String containers, String more) {
    return Given.yaml(
        "{apiVersion: v1, kind: Pod, metadata: {name: p, resourceVersion: '1'}, spec: {containers:"
            + " [%s]%s}}".formatted(containers, more));
  }

  private static String container(String name, String resources) {
    return "{name: %s, image: 'x:1', resources: {%s}}".formatted(name, resources);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "requests: {cpu: 1, memory: 1Gi} | requests: {cpu: 2, memory: 2Gi} | ``",
        "`` | requests: {cpu: 1} | spec: Invalid value: \"Burstable\": Pod QOS Class may not change as a result of resizing",
        "requests: {cpu: 1}, limits: {cpu: 2} | requests: {cpu: 1} | spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
        "requests: {cpu: 1, memory: 1Gi} | requests: {cpu: 1} | spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
        "requests: {cpu: 1} | requests: {cpu: 1, ephemeral-storage: 1Gi} | spec.containers[0].resources.requests: Forbidden: only cpu and memory resources are mutable",
      })
  void aPodIsResizedInItsClass(String before, String after, String complaint) {
    Given old = pod(container("a", before), "");
    assertThat(String.join(", ", old.changedIn("resize", pod(container("a", after), ""))))
        .isEqualTo(complaint);
  }

  @Test
  void aResizeKeepsTheContainersInTheirOrder() {
    Given old = pod(container("a", "") + "," + container("b", ""), "");
    assertThat(old.changedIn("resize", pod(container("b", "") + "," + container("a", ""), "")))
        .containsExactly("spec: Forbidden: containers may not be renamed or reordered on resize");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "limits: {cpu: 1} | limits: {cpu: 2}, requests: {cpu: 1} | ``",
        "limits: {cpu: 1} | limits: {cpu: 2, memory: 1Gi}, requests: {cpu: 1} | ``",
        "limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m} | limits: {memory: 1Gi}, requests: {cpu: 500m} | spec.resources.limits: Forbidden: pod-level resource limits cannot be removed",
        "limits: {cpu: 2}, requests: {cpu: 1, memory: 1Gi} | limits: {cpu: 2}, requests: {cpu: 1} | spec.resources.requests: Forbidden: pod-level resource requests cannot be removed",
        "limits: {cpu: 1} | limits: {cpu: 1, hugepages-2Mi: 2Mi} | spec: Forbidden: only cpu and memory resources are mutable at pod-level",
        "limits: {cpu: 1} | requests: {cpu: 1}, limits: {cpu: 500m} | spec.resources.requests: Invalid value: \"1\": must be less than or equal to cpu limit of 500m",
      })
  void aPodIsResizedAsAWhole(String before, String after, String complaint) {
    String with = ", resources: {%s}";
    Given old = pod(container("a", ""), with.formatted(before));
    assertThat(
            String.join(
                ", ", old.changedIn("resize", pod(container("a", ""), with.formatted(after)))))
        .isEqualTo(complaint);
  }

  @Test
  void aPodKeepsWhatItHasAsAWhole() {
    Given old = pod(container("a", ""), ", resources: {limits: {cpu: 1}}");
    assertThat(old.changedIn("resize", pod(container("a", ""), "")))
        .contains("spec.resources: Forbidden: pod-level resources cannot be removed");
  }

  @Test
  void ephemeralContainersStayAsTheyWere() {
    String with = ", ephemeralContainers: [{name: d, image: 'x:1'}]";
    Given old = pod(container("a", ""), with);
    assertThat(old.changedIn("ephemeralcontainers", pod(container("a", ""), with))).isEmpty();
    assertThat(old.changedIn("ephemeralcontainers", pod(container("a", ""), "")))
        .containsExactly(
            "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"d\" may not be"
                + " removed\n");
    assertThat(pod(container("a", ""), "").changedTo(old)).hasSize(1);
  }

  @Test
  void aContainerThatIsOverStaysOver() {
    String pod =
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: Never, containers:"
            + " [{name: a, image: x}]}, status: {containerStatuses: [{name: a, state: {%s}}]}}";
    Given ended = Given.yaml(pod.formatted("terminated: {exitCode: 1}"));
    assertThat(ended.reported(Given.yaml(pod.formatted("running: {}"))))
        .containsExactly(
            "status.containerStatuses[0].state: Forbidden: may not be transitioned to"
                + " non-terminated state");
    assertThat(ended.reported(ended)).isEmpty();
  }

  @Test
  void aDecisionAboutACertificateStands() {
    String request =
        "{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {name: c},"
            + " status: {conditions: [%s]}}";
    Given approved = Given.yaml(request.formatted("{type: Approved, status: 'True'}"));
    assertThat(approved.changedIn("approval", Given.yaml(request.formatted(""))))
        .containsExactly(
            "status.conditions: Forbidden: updates may not remove a condition of type \"Approved\"");
    Given both =
        Given.yaml(
            request.formatted("{type: Approved, status: 'True'}, {type: Denied, status: 'True'}"));
    assertThat(approved.changedIn("approval", both).getFirst())
        .endsWith("Approved and Denied conditions are mutually exclusive");
  }

  @Test
  void countsOfAStatusAreNoMoreThanTheWhole() {
    String set =
        "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: r}, status: {replicas: %d,"
            + " readyReplicas: %d}}";
    Given old = Given.yaml(set.formatted(1, 1));
    assertThat(old.reported(Given.yaml(set.formatted(1, 2))))
        .containsExactly(
            "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas");
  }

  @Test
  void aServiceThatNoLongerBalancesForgetsWhatItNeededForThat() {
    String service =
        "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: %s, ports: [{port: 80}],"
            + " allocateLoadBalancerNodePorts: true, sessionAffinity: None, sessionAffinityConfig:"
            + " {clientIP: {timeoutSeconds: 5}}}}";
    Given balanced = Given.yaml(service.formatted("LoadBalancer"));
    Given plain = Given.yaml(service.formatted("NodePort"));
    plain.rules().prepareForUpdate(plain.document(), balanced.document());
    assertThat(plain.errors()).isEmpty();
    assertThat(plain.document().path("spec").has("sessionAffinityConfig")).isFalse();
  }

  @Test
  void anAutoscalersPaceIsFilledIn() {
    Given autoscaler =
        Given.yaml(
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec:"
                + " {maxReplicas: 3, scaleTargetRef: {kind: D, name: d}, behavior: {scaleDown:"
                + " {stabilizationWindowSeconds: 60}}}}");
    assertThat(autoscaler.errors()).isEmpty();
    assertThat(autoscaler.at("/spec/behavior/scaleUp/policies/0/value")).isEqualTo("4");
    assertThat(autoscaler.at("/spec/behavior/scaleDown/policies/0/type")).isEqualTo("Percent");
  }
}
