package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// What kubectl shows: lists in every form, selectors, descriptions, watches, discovery, rights.
@WithKubectls
class KubectlReadTest {
  private static final String WEB =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, labels: {app: web}}
      spec:
        replicas: 2
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
            - name: web
              image: example/web:1
              ports: [{containerPort: 8080, name: http}]
              resources: {requests: {memory: 16Mi}}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec:
        selector: {app: web}
        ports: [{port: 80, targetPort: http}]
      """;

  private final Kubectls.Binary binary;
  private final TestCluster cluster;
  private Kubectl kubectl;

  KubectlReadTest(Kubectls.Binary binary, TestCluster cluster) {
    this.binary = binary;
    this.cluster = cluster;
    this.kubectl = new Kubectl(binary, Path.of("."), "");
  }

  @BeforeEach
  void enterNamespace(TestInfo test) {
    kubectl = cluster.kubectl(binary, "read-" + test.getTestMethod().orElseThrow().getName());
  }

  private void runWeb() {
    kubectl.apply(WEB);
    kubectl.ok("wait", "--for=condition=Available", "deployment/web", "--timeout=30s");
  }

  @Test
  void listsInEveryForm() {
    runWeb();
    assertThat(kubectl.ok("get", "deployment").lines())
        .containsSubsequence("NAME READY UP-TO-DATE AVAILABLE AGE")
        .anyMatch(line -> line.startsWith("web 2/2 2 2 "));
    assertThat(kubectl.ok("get", "pods", "-o", "wide").out())
        .contains("NOMINATED NODE", "READINESS GATES", "simulated-", "10.40.");
    assertThat(kubectl.ok("get", "deploy,svc", "-o", "name").lines())
        .containsExactly("deployment.apps/web", "service/web");
    assertThat(kubectl.ok("get", "deployment", "web", "-o", "yaml").out())
        .contains("apiVersion: apps/v1", "kind: Deployment", "  replicas: 2");
    assertThat(kubectl.ok("get", "pods", "-o", "json").out())
        .contains("\"kind\": \"List\"", "\"phase\": \"Running\"");
    assertThat(kubectl.ok("get", "pods", "-o", "jsonpath={.items[*].status.phase}").out())
        .isEqualTo("Running Running");
    assertThat(
            kubectl
                .ok("get", "deploy", "-o", "custom-columns=N:.metadata.name,R:.spec.replicas")
                .lines())
        .containsExactly("N R", "web 2");
    assertThat(kubectl.ok("get", "deploy", "--show-labels").lines())
        .anyMatch(line -> line.endsWith(" app=web"));
    assertThat(kubectl.ok("get", "deploy", "-L", "app", "--no-headers").lines())
        .singleElement()
        .satisfies(line -> assertThat(line).endsWith(" web"));
  }

  @Test
  void selectsByLabelAndField() {
    runWeb();
    assertThat(kubectl.ok("get", "pods", "-l", "app=web", "-o", "name").lines()).hasSize(2);
    assertThat(kubectl.ok("get", "pods", "-l", "app in (other), !x").err())
        .contains("No resources found in " + kubectl.namespace() + " namespace.");
    assertThat(
            kubectl
                .ok("get", "pods", "--field-selector", "status.phase=Running", "-o", "name")
                .lines())
        .hasSize(2);
    assertThat(kubectl.ok("get", "svc", "--field-selector", "metadata.name!=web").err())
        .contains("No resources found");
    assertThat(kubectl.fails("get", "pods", "--field-selector", "spec.color=red").err())
        .contains("field label not supported: spec.color");
    assertThat(kubectl.fails("get", "pods", "-l", "a==b==c").err()).contains("found '=='");
  }

  @Test
  void readsSeveralNamespacesInChunksAndSorts() {
    Kubectl second = kubectl.in(kubectl.namespace() + "-b");
    cluster.addNamespace(second.namespace());
    for (String name : new String[] {"c", "a", "b"}) {
      for (Kubectl each : List.of(kubectl, second)) {
        each.ok("create", "configmap", name, "--from-literal=k=v");
        each.ok("label", "configmap", name, "tour=" + kubectl.namespace());
      }
    }
    assertThat(
            kubectl
                .ok(
                    "get",
                    "configmaps",
                    "-A",
                    "-l",
                    "tour=" + kubectl.namespace(),
                    "--chunk-size=2",
                    "--no-headers",
                    "-o",
                    "custom-columns=NS:.metadata.namespace,N:.metadata.name")
                .lines())
        .containsExactlyInAnyOrder(
            kubectl.namespace() + " a",
            kubectl.namespace() + " b",
            kubectl.namespace() + " c",
            second.namespace() + " a",
            second.namespace() + " b",
            second.namespace() + " c");
    assertThat(
            kubectl.ok("get", "cm", "--sort-by=.metadata.creationTimestamp", "-o", "name").lines())
        .hasSize(4)
        .contains("configmap/a", "configmap/kube-root-ca.crt");
    assertThat(
            kubectl
                .ok(
                    "get",
                    "cm",
                    "--sort-by={.metadata.name}",
                    "--chunk-size=1",
                    "-o",
                    "custom-columns=N:.metadata.name")
                .lines())
        .containsExactly("N", "a", "b", "c", "kube-root-ca.crt");
  }

  @Test
  void describesAsRecorded() {
    runWeb();
    Golden.check("get-wide", kubectl, kubectl.ok("get", "deploy,rs,svc", "-o", "wide").out());
    Golden.check("get-nodes", kubectl, kubectl.ok("get", "nodes").out());
    Golden.check("describe-service", kubectl, withoutEndpoints(describe("service", "web")));
    Golden.check("describe-deployment", kubectl, describe("deployment", "web"));
    Golden.check("describe-namespace", kubectl, describe("namespace", kubectl.namespace()));
    assertThat(describe("pod", "")).contains("Node:", "simulated-", "Scheduled", "QoS Class:");
    assertThat(describe("node", "simulated-1"))
        .contains("Roles:", "Capacity:", "Allocated resources:", "PodCIDR", "Ready");
  }

  private String describe(String kind, String name) {
    return (name.isEmpty() ? kubectl.ok("describe", kind) : kubectl.ok("describe", kind, name))
        .out();
  }

  /// Which come when the controller gets to it, in any order.
  private static String withoutEndpoints(String description) {
    return description.replaceAll("(?m)^Endpoints:.*$", "Endpoints:");
  }

  @Test
  void watchesChangesUntilClosed() {
    try (Kubectl.Running watch = kubectl.start("", "get", "configmaps", "-w", "--no-headers")) {
      await().until(() -> watch.said().contains("kube-root-ca.crt"));
      kubectl.ok("create", "configmap", "seen", "--from-literal=a=1");
      await().untilAsserted(() -> assertThat(watch.said()).containsPattern("(?m)^seen +1 "));
      kubectl.ok("delete", "configmap", "seen");
      assertThat(watch.process().isAlive()).isTrue();
    }
  }

  @Test
  void discovers() {
    assertThat(kubectl.ok("api-versions").lines()).contains("v1", "apps/v1", "batch/v1");
    assertThat(kubectl.ok("api-resources").out())
        .containsPattern("(?m)^deployments +deploy +apps/v1 +true +Deployment");
    assertThat(kubectl.ok("api-resources", "--namespaced=false", "-o", "name").lines())
        .contains("nodes", "namespaces")
        .doesNotContain("pods");
    assertThat(kubectl.ok("explain", "deployment.spec").out())
        .containsPattern("replicas\\s+<integer>")
        .containsPattern("template\\s+<(PodTemplateSpec|Object)>");
    assertThat(kubectl.ok("explain", "deployment", "--recursive").out())
        .contains("terminationGracePeriodSeconds");
    assertThat(kubectl.fails("explain", "deployment.spec.nope").err()).contains("nope");
    assertThat(kubectl.ok("version").out()).contains("v1.36");
    assertThat(kubectl.ok("cluster-info").out()).contains(cluster.uri().toString());
    assertThat(kubectl.ok("get", "--raw", "/readyz").out()).isEqualTo("ok");
    assertThat(kubectl.ok("get", "--raw", "/api/v1/namespaces/default").out())
        .contains("\"kind\":\"Namespace\"");
    assertThat(kubectl.fails("get", "--raw", "/nope").err()).contains("(NotFound)");
  }

  @Test
  void knowsWhoMayDoWhat() {
    assertThat(kubectl.ok("auth", "can-i", "create", "pods").lines()).containsExactly("yes");
    assertThat(kubectl.fails("auth", "can-i", "create", "pods", "--as=bob").lines())
        .containsExactly("no");
    kubectl.ok("create", "role", "reader", "--verb=get,list", "--resource=pods");
    kubectl.ok("create", "rolebinding", "bob", "--role=reader", "--user=bob");
    await()
        .untilAsserted(
            () ->
                assertThat(kubectl.run("", "auth", "can-i", "list", "pods", "--as=bob").lines())
                    .containsExactly("yes"));
    assertThat(kubectl.fails("get", "secrets", "--as=bob").err())
        .contains(
            "(Forbidden): secrets is forbidden: User \"bob\" cannot list resource \"secrets\""
                + " in API group \"\" in the namespace \""
                + kubectl.namespace()
                + "\"");
    assertThat(kubectl.ok("auth", "can-i", "--list").out()).contains("*.*");
  }

  @Test
  void showsEvents() {
    runWeb();
    await()
        .untilAsserted(
            () ->
                assertThat(kubectl.ok("get", "events").out())
                    .contains("SuccessfulCreate", "ScalingReplicaSet", "Scheduled"));
    assertThat(
            kubectl.ok("get", "events", "--field-selector", "involvedObject.kind=Deployment").out())
        .contains("Scaled up replica set")
        .doesNotContain("SuccessfulCreate");
  }

  @Test
  void saysWhatIsMissing() {
    assertThat(kubectl.fails("get", "pods", "nope").err())
        .isEqualTo("Error from server (NotFound): pods \"nope\" not found\n");
    assertThat(kubectl.fails("get", "nopes").err())
        .contains("the server doesn't have a resource type \"nopes\"");
    assertThat(kubectl.fails("top", "nodes").err()).contains("metrics not available yet");
    assertThat(kubectl.ok("top", "pods").err()).contains("No resources found");
  }
}
