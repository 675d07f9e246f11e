package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// An administrator's work on nodes: closed to new pods, emptied, tainted, opened again.
@WithKubectls
class KubectlNodeTest {
  private static final String NODE = "simulated-1";

  private final Kubectls.Binary binary;
  private final TestCluster cluster;
  private Kubectl kubectl;

  KubectlNodeTest(Kubectls.Binary binary, TestCluster cluster) {
    this.binary = binary;
    this.cluster = cluster;
    this.kubectl = new Kubectl(binary, Path.of("."), "");
  }

  @BeforeEach
  void runOnAllNodes(TestInfo test) {
    kubectl = cluster.kubectl(binary, "node-" + test.getTestMethod().orElseThrow().getName());
    kubectl.ok("create", "deployment", "web", "--image=example/web:1", "--replicas=6");
    available();
  }

  @AfterEach
  void openTheNode() {
    kubectl.run("", "uncordon", NODE);
    kubectl.run("", "taint", "node", NODE, "closed-");
    kubectl.run("", "delete", "pdb,deployment", "--all");
  }

  private void available() {
    kubectl.ok("rollout", "status", "deployment/web", "--timeout=40s");
  }

  private String nodesOfPods() {
    return kubectl.ok("get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}").out();
  }

  @Test
  void drainsAndUncordons() {
    assertThat(nodesOfPods()).contains(NODE);
    assertThat(
            kubectl.ok("drain", NODE, "--force", "--pod-selector=app=web", "--timeout=40s").out())
        .contains("node/" + NODE + " cordoned", "evicting pod", "node/" + NODE);
    assertThat(kubectl.ok("get", "node", NODE).lines())
        .anyMatch(line -> line.contains("Ready,SchedulingDisabled"));
    available();
    assertThat(nodesOfPods()).doesNotContain(NODE);
    assertThat(kubectl.ok("uncordon", NODE).lines())
        .containsExactly("node/" + NODE + " uncordoned");
    assertThat(kubectl.ok("cordon", NODE).lines()).containsExactly("node/" + NODE + " cordoned");
    assertThat(kubectl.ok("cordon", NODE).lines())
        .containsExactly("node/" + NODE + " already cordoned");
  }

  @Test
  void drainingHeedsBudgets() {
    addBudgetThatAllowsNothing();
    assertThat(kubectl.fails("drain", NODE, "--timeout=3s", "--pod-selector=app=web").err())
        .contains("Cannot evict pod as it would violate the pod's disruption budget.");
  }

  private void addBudgetThatAllowsNothing() {
    cluster
        .api()
        .create(
            new PodDisruptionBudgetBuilder()
                .withNewMetadata()
                .withNamespace(kubectl.namespace())
                .withName("all")
                .endMetadata()
                .withNewSpec()
                .withNewMaxUnavailable(0)
                .withNewSelector()
                .addToMatchLabels("app", "web")
                .endSelector()
                .endSpec()
                .build());
  }

  @Test
  void taintsKeepNewPodsAway() {
    assertThat(kubectl.ok("taint", "node", NODE, "closed=yes:NoSchedule").lines())
        .containsExactly("node/" + NODE + " tainted");
    kubectl.ok("rollout", "restart", "deployment/web");
    available();
    await().untilAsserted(() -> assertThat(nodesOfPods()).doesNotContain(NODE));
    assertThat(kubectl.ok("describe", "node", NODE).out()).contains("closed=yes:NoSchedule");
    assertThat(kubectl.ok("taint", "node", NODE, "closed-").lines())
        .containsExactly("node/" + NODE + " untainted");
    assertThat(kubectl.fails("taint", "node", NODE, "a=b:Never").err()).contains("Never");
  }
}
