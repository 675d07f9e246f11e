package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// Jobs, cron jobs, daemon sets, stateful sets and disruption budgets as kubectl sees them.
@WithKubectls
class KubectlWorkloadsTest {
  private static final String POD =
      "metadata: {labels: {app: %s}, annotations: {navarch.dev/simulated-duration: 100ms}}, spec:"
          + " {restartPolicy: %s, containers: [{name: c, image: example/c:1}]}";

  private final Kubectls.Binary binary;
  private final TestCluster cluster;
  private Kubectl kubectl;

  KubectlWorkloadsTest(Kubectls.Binary binary, TestCluster cluster) {
    this.binary = binary;
    this.cluster = cluster;
    this.kubectl = new Kubectl(binary, Path.of("."), "");
  }

  @BeforeEach
  void inANamespace(TestInfo test) {
    kubectl = cluster.kubectl(binary, "work-" + test.getTestMethod().orElseThrow().getName());
  }

  @Test
  void runsJobs() {
    kubectl.apply(
        "---\n{apiVersion: batch/v1, kind: Job, metadata: {name: sum}, spec: {completionMode: Indexed,"
            + " completions: 3, parallelism: 2, template: {"
            + POD.formatted("sum", "Never")
            + "}}}");
    kubectl.ok("wait", "--for=condition=complete", "job/sum", "--timeout=40s");
    assertThat(
            kubectl
                .ok(
                    "get",
                    "job",
                    "sum",
                    "-o",
                    "jsonpath={.status.succeeded} {.status.completedIndexes}")
                .out())
        .isEqualTo("3 0-2");
    assertThat(kubectl.ok("get", "pods", "-o", "jsonpath={.items[*].metadata.finalizers}").out())
        .isEmpty();
    assertThat(kubectl.ok("describe", "job", "sum").out()).contains("Completed", "Job completed");
    kubectl.ok("delete", "job", "sum");
    await()
        .untilAsserted(() -> assertThat(kubectl.ok("get", "pods", "-o", "name").lines()).isEmpty());
  }

  @Test
  void startsJobsOfCronJobs() {
    kubectl.apply(
        "---\n{apiVersion: batch/v1, kind: CronJob, metadata: {name: tick}, spec: {schedule: '@every"
            + " 1s', concurrencyPolicy: Forbid, jobTemplate: {spec: {template: {"
            + POD.formatted("tick", "Never")
            + "}}}}}");
    await()
        .untilAsserted(
            () ->
                assertThat(
                        kubectl
                            .ok("get", "cj", "tick", "-o", "jsonpath={.status.lastSuccessfulTime}")
                            .out())
                    .isNotEmpty());
    assertThat(kubectl.ok("get", "jobs", "-o", "name").lines())
        .allMatch(it -> it.matches("job.batch/tick-\\d+"));
    kubectl.assumeAtLeast(22, "cron jobs of batch/v1");
    kubectl.ok("create", "job", "now", "--from=cronjob/tick");
    kubectl.ok("wait", "--for=condition=complete", "job/now", "--timeout=40s");
  }

  @Test
  void keepsDaemons() {
    kubectl.apply(
        "---\n{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: log}, spec: {selector:"
            + " {matchLabels: {app: log}}, template: {"
            + POD.formatted("log", "Always")
            + "}}}");
    rolledOut("daemonset/log");
    int nodes = kubectl.ok("get", "nodes", "-o", "name").lines().size();
    assertThat(kubectl.ok("get", "pods", "-o", "name").lines()).hasSize(nodes);
    kubectl.ok("set", "image", "daemonset/log", "c=example/c:2");
    rolledOut("daemonset/log");
    kubectl.ok("rollout", "undo", "daemonset/log");
    rolledOut("daemonset/log");
    assertThat(images()).containsOnlyOnce("example/c:1").doesNotContain("example/c:2");
    assertThat(kubectl.ok("rollout", "history", "daemonset/log").lines())
        .contains("2 <none>", "3 <none>");
  }

  @Test
  void keepsStatefulSets() {
    kubectl.apply(
        "---\n{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db,"
            + " replicas: 2, selector: {matchLabels: {app: db}}, template: {"
            + POD.formatted("db", "Always")
            + "}}}");
    rolledOut("statefulset/db");
    kubectl.ok("scale", "statefulset/db", "--replicas=3");
    rolledOut("statefulset/db");
    assertThat(kubectl.ok("get", "pods", "-o", "name").lines())
        .containsExactly("pod/db-0", "pod/db-1", "pod/db-2");
    kubectl.ok("set", "image", "statefulset/db", "c=example/c:2");
    rolledOut("statefulset/db");
    assertThat(images()).containsOnlyOnce("example/c:2").doesNotContain("example/c:1");
    kubectl.ok("rollout", "undo", "statefulset/db");
    rolledOut("statefulset/db");
    assertThat(images()).containsOnlyOnce("example/c:1").doesNotContain("example/c:2");
    kubectl.apply(
        "---\n{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: calm}, spec:"
            + " {maxUnavailable: 1, selector: {matchLabels: {app: db}}}}");
    await()
        .untilAsserted(
            () ->
                assertThat(
                        kubectl
                            .ok(
                                "get",
                                "pdb",
                                "calm",
                                "-o",
                                "jsonpath={.status.expectedPods} {.status.currentHealthy}"
                                    + " {.status.disruptionsAllowed}")
                            .out())
                    .isEqualTo("3 3 1"));
  }

  @Test
  void keepsWorkloadsWithinTheirBounds() {
    kubectl.ok("create", "deployment", "web", "--image=example/web:1", "--replicas=4");
    kubectl.apply(
        "---\n{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec:"
            + " {maxReplicas: 2, targetCPUUtilizationPercentage: 50, scaleTargetRef: {apiVersion:"
            + " apps/v1, kind: Deployment, name: web}}}");
    await()
        .untilAsserted(
            () ->
                assertThat(
                        kubectl.ok("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}").out())
                    .isEqualTo("2"));
    await()
        .untilAsserted(
            () ->
                assertThat(kubectl.ok("describe", "hpa", "web").out())
                    .contains("New size: 2; reason: Current number of replicas above Spec.Max"));
  }

  private void rolledOut(String what) {
    kubectl.ok("rollout", "status", what, "--timeout=40s");
  }

  /// The images of all pods, each once.
  private String images() {
    String all =
        kubectl.ok("get", "pods", "-o", "jsonpath={.items[*].spec.containers[0].image}").out();
    return String.join(" ", Stream.of(all.strip().split(" +")).distinct().toList());
  }
}
