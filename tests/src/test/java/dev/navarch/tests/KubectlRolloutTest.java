package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// A deployment's life under kubectl: scaled, updated, watched, undone, paused, restarted.
@WithKubectls
class KubectlRolloutTest {
  private final Kubectls.Binary binary;
  private final TestCluster cluster;
  private Kubectl kubectl;

  KubectlRolloutTest(Kubectls.Binary binary, TestCluster cluster) {
    this.binary = binary;
    this.cluster = cluster;
    this.kubectl = new Kubectl(binary, Path.of("."), "");
  }

  @BeforeEach
  void runWeb(TestInfo test) {
    kubectl = cluster.kubectl(binary, "rollout-" + test.getTestMethod().orElseThrow().getName());
    kubectl.ok("create", "deployment", "web", "--image=example/web:1", "--replicas=2");
    rolledOut();
  }

  private void rolledOut() {
    assertThat(kubectl.ok("rollout", "status", "deployment/web", "--timeout=40s").out())
        .contains("deployment \"web\" successfully rolled out");
  }

  private String image() {
    return kubectl
        .ok("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
        .out();
  }

  @Test
  void scales() {
    assertThat(kubectl.ok("scale", "deployment/web", "--replicas=4").lines())
        .containsExactly("deployment.apps/web scaled");
    rolledOut();
    assertThat(kubectl.ok("get", "pods", "-l", "app=web", "-o", "name").lines()).hasSize(4);
    assertThat(
            kubectl.fails("scale", "deployment/web", "--current-replicas=9", "--replicas=1").err())
        .contains("xpected replicas to be 9, was 4");
    kubectl.ok("scale", "deployment/web", "--replicas=0");
    await()
        .untilAsserted(() -> assertThat(kubectl.ok("get", "pods", "-o", "name").lines()).isEmpty());
  }

  @Test
  void updatesAndUndoes() {
    assertThat(kubectl.ok("set", "image", "deployment/web", "web=example/web:2").lines())
        .containsExactly("deployment.apps/web image updated");
    rolledOut();
    assertThat(
            kubectl.ok("get", "pods", "-o", "jsonpath={.items[*].spec.containers[0].image}").out())
        .doesNotContain("web:1");
    assertThat(kubectl.ok("rollout", "history", "deployment/web").lines())
        .contains("REVISION CHANGE-CAUSE", "1 <none>", "2 <none>");
    assertThat(kubectl.ok("rollout", "history", "deployment/web", "--revision=1").out())
        .contains("example/web:1");
    assertThat(kubectl.ok("rollout", "undo", "deployment/web").lines())
        .containsExactly("deployment.apps/web rolled back");
    assertThat(image()).isEqualTo("example/web:1");
    rolledOut();
    kubectl.ok("rollout", "undo", "deployment/web", "--to-revision=2");
    assertThat(image()).isEqualTo("example/web:2");
    assertThat(kubectl.fails("rollout", "undo", "deployment/web", "--to-revision=99").err())
        .contains("unable to find specified revision 99 in history");
  }

  @Test
  void pausesAndResumes() {
    assertThat(kubectl.ok("rollout", "pause", "deployment/web").lines())
        .containsExactly("deployment.apps/web paused");
    kubectl.ok("set", "env", "deployment/web", "MODE=new");
    assertThat(kubectl.ok("get", "rs", "-o", "name").lines()).hasSize(1);
    assertThat(kubectl.ok("rollout", "resume", "deployment/web").lines())
        .containsExactly("deployment.apps/web resumed");
    rolledOut();
    assertThat(kubectl.ok("get", "rs", "-o", "name").lines()).hasSize(2);
  }

  @Test
  void restarts() {
    String before = kubectl.ok("get", "pods", "-o", "name").out();
    assertThat(kubectl.ok("rollout", "restart", "deployment/web").lines())
        .containsExactly("deployment.apps/web restarted");
    rolledOut();
    await()
        .untilAsserted(
            () ->
                assertThat(kubectl.ok("get", "pods", "-o", "name").lines())
                    .hasSize(2)
                    .doesNotContainAnyElementsOf(before.lines().toList()));
  }
}
