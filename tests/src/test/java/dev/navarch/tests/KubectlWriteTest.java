package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// What kubectl changes: everything it can create, apply, patch, edit, replace, label and delete.
@WithKubectls
class KubectlWriteTest {
  private static final String SETTINGS =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: settings}
      data: {color: %s}
      """;

  private final Kubectls.Binary binary;
  private final TestCluster cluster;
  private Kubectl kubectl;

  KubectlWriteTest(Kubectls.Binary binary, TestCluster cluster) {
    this.binary = binary;
    this.cluster = cluster;
    this.kubectl = new Kubectl(binary, Path.of("."), "");
  }

  @BeforeEach
  void enterNamespace(TestInfo test) {
    kubectl = cluster.kubectl(binary, "write-" + test.getTestMethod().orElseThrow().getName());
  }

  private String color() {
    return kubectl.ok("get", "configmap", "settings", "-o", "jsonpath={.data.color}").out();
  }

  @Test
  void createsManyKinds() {
    created("configmap/c", "configmap", "c", "--from-literal=a=b");
    created("secret/s", "secret", "generic", "s", "--from-literal=a=b");
    created("role.rbac.authorization.k8s.io/r", "role", "r", "--verb=get", "--resource=pods");
    created(
        "rolebinding.rbac.authorization.k8s.io/rb", "rolebinding", "rb", "--role=r", "--user=u");
    created("serviceaccount/sa", "serviceaccount", "sa");
    created("resourcequota/q", "quota", "q", "--hard=pods=20");
    created("ingress.networking.k8s.io/i", "ingress", "i", "--rule=a.example/=web:80");
    created("job.batch/j", "job", "j", "--image=example/job:1", "--", "work");
    created("service/np", "service", "nodeport", "np", "--tcp=80");
    created("deployment.apps/d", "deployment", "d", "--image=example/web:1");
    if (binary.minor() >= 21) {
      created(
          "poddisruptionbudget.policy/p", "pdb", "p", "--selector=app=web", "--min-available=1");
      created(
          "cronjob.batch/cj",
          "cronjob",
          "cj",
          "--image=example/job:1",
          "--schedule=0 0 1 1 *",
          "--",
          "work");
    }
    String priority = "priority-1-" + binary.minor();
    created("priorityclass.scheduling.k8s.io/" + priority, "priorityclass", priority, "--value=7");
    assertThat(
            kubectl
                .apply(
                    """
                    apiVersion: v1
                    kind: LimitRange
                    metadata: {name: l}
                    spec:
                      limits:
                      - {type: Container, default: {cpu: 100m}, defaultRequest: {cpu: 50m}}
                    """)
                .lines())
        .containsExactly("limitrange/l created");
    assertThat(kubectl.fails("create", "configmap", "c").err())
        .contains("configmaps \"c\" already exists");
  }

  private void created(String what, String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "create";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    assertThat(kubectl.ok(command).lines()).containsExactly(what + " created");
  }

  @Test
  void createsTokensThatAuthenticate() {
    kubectl.assumeAtLeast(24, "create token");
    String token = kubectl.ok("create", "token", "default", "--duration=10m").out().strip();
    assertThat(
            kubectl
                .fails(
                    "get",
                    "pods",
                    "--kubeconfig=/dev/null",
                    "--server=" + cluster.uri(),
                    "--certificate-authority=" + cluster.authority(),
                    "--token=" + token)
                .err())
        .contains("User \"system:serviceaccount:" + kubectl.namespace() + ":default\"");
  }

  @Test
  void appliesDiffsAndReplaces() {
    assertThat(kubectl.apply(SETTINGS.formatted("red")).lines())
        .containsExactly("configmap/settings created");
    assertThat(kubectl.apply(SETTINGS.formatted("red")).lines())
        .containsExactly("configmap/settings unchanged");
    Kubectl.Answer diff = kubectl.run(SETTINGS.formatted("blue"), "diff", "-f", "-");
    assertThat(diff.exit()).as("%s", diff).isEqualTo(1);
    assertThat(diff.out()).contains("-  color: red", "+  color: blue");
    assertThat(kubectl.apply(SETTINGS.formatted("blue")).lines())
        .containsExactly("configmap/settings configured");
    assertThat(color()).isEqualTo("blue");
    String uid = uid();
    assertThat(kubectl.run(SETTINGS.formatted("green"), "replace", "-f", "-").lines())
        .containsExactly("configmap/settings replaced");
    assertThat(uid()).isEqualTo(uid);
    assertThat(kubectl.run(SETTINGS.formatted("grey"), "replace", "--force", "-f", "-").lines())
        .contains("configmap/settings replaced");
    assertThat(uid()).isNotEqualTo(uid);
    assertThat(color()).isEqualTo("grey");
  }

  private String uid() {
    return kubectl.ok("get", "configmap", "settings", "-o", "jsonpath={.metadata.uid}").out();
  }

  @Test
  void dryRunsChangeNothing() {
    assertThat(kubectl.apply(SETTINGS.formatted("red"), "--dry-run=client").lines())
        .containsExactly("configmap/settings created (dry run)");
    assertThat(kubectl.apply(SETTINGS.formatted("red"), "--dry-run=server").lines())
        .containsExactly("configmap/settings created (server dry run)");
    assertThat(kubectl.fails("get", "configmap", "settings").err()).contains("(NotFound)");
    kubectl.apply(SETTINGS.formatted("red"));
    kubectl.apply(SETTINGS.formatted("blue"), "--dry-run=server");
    kubectl.ok("delete", "configmap", "settings", "--dry-run=server");
    assertThat(color()).isEqualTo("red");
  }

  @Test
  void patchesInThreeWays() {
    kubectl.ok("create", "deployment", "web", "--image=example/web:1", "--replicas=0");
    kubectl.ok(
        "patch",
        "deployment",
        "web",
        "-p",
        "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"b:2\"},"
            + "{\"name\":\"side\",\"image\":\"s:1\"}]}}}}");
    assertThat(images()).isEqualTo("b:2 s:1");
    kubectl.ok(
        "patch",
        "deployment",
        "web",
        "--type=merge",
        "-p",
        "{\"metadata\":{\"annotations\":{\"note\":\"x\"}},\"spec\":{\"minReadySeconds\":3}}");
    kubectl.ok(
        "patch",
        "deployment",
        "web",
        "--type=json",
        "-p",
        "[{\"op\":\"test\",\"path\":\"/spec/minReadySeconds\",\"value\":3},"
            + "{\"op\":\"remove\",\"path\":\"/spec/template/spec/containers/1\"}]");
    assertThat(images()).isEqualTo("b:2");
    assertThat(
            kubectl
                .fails(
                    "patch",
                    "deployment",
                    "web",
                    "--type=json",
                    "-p",
                    "[{\"op\":\"replace\",\"path\":\"/spec/nope\",\"value\":3}]")
                .err())
        .contains("/spec/nope");
    assertThat(kubectl.fails("patch", "deployment", "nope", "-p", "{}").err())
        .contains("deployments.apps \"nope\" not found");
  }

  private String images() {
    return kubectl
        .ok("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[*].image}")
        .out();
  }

  @Test
  void edits() {
    kubectl.apply(SETTINGS.formatted("red"));
    assertThat(
            kubectl
                .editingWith("sed -i s/color:.red/color:\\ pink/")
                .ok("edit", "configmap", "settings")
                .lines())
        .containsExactly("configmap/settings edited");
    assertThat(color()).isEqualTo("pink");
    assertThat(kubectl.editingWith("true").ok("edit", "configmap", "settings").err())
        .contains("Edit cancelled, no changes made.");
  }

  @Test
  void labelsAndAnnotates() {
    kubectl.apply(SETTINGS.formatted("red"));
    assertThat(kubectl.ok("label", "configmap", "settings", "x=1").lines())
        .containsExactly("configmap/settings labeled");
    assertThat(kubectl.fails("label", "configmap", "settings", "x=2").err())
        .contains("already has a value (1), and --overwrite is false");
    kubectl.ok("label", "configmap", "settings", "x=2", "--overwrite");
    assertThat(kubectl.ok("get", "configmap", "-l", "x=2", "-o", "name").lines())
        .containsExactly("configmap/settings");
    kubectl.ok("label", "configmap", "settings", "x-");
    assertThat(kubectl.ok("annotate", "configmap", "settings", "note=hello").out())
        .startsWith("configmap/settings annotate");
    assertThat(
            kubectl
                .ok("get", "configmap", "settings", "-o", "jsonpath={.metadata.annotations.note}")
                .out())
        .isEqualTo("hello");
    assertThat(kubectl.fails("label", "configmap", "settings", "bad/key/x=1").err())
        .contains("bad/key/x");
  }

  @Test
  void exposesAndAutoscales() {
    kubectl.ok("create", "deployment", "web", "--image=example/web:1", "--replicas=1");
    assertThat(kubectl.ok("expose", "deployment", "web", "--port=80", "--target-port=8080").lines())
        .containsExactly("service/web exposed");
    assertThat(
            kubectl
                .ok("get", "svc", "web", "-o", "jsonpath={.spec.selector.app}/{.spec.ports[0]}")
                .out())
        .startsWith("web/")
        .contains("8080");
    assertThat(kubectl.ok("autoscale", "deployment", "web", "--min=1", "--max=3").lines())
        .containsExactly("horizontalpodautoscaler.autoscaling/web autoscaled");
    assertThat(kubectl.ok("get", "hpa", "web").out()).contains("Deployment/web");
  }

  @Test
  void runsWaitsAndDeletesPods() {
    assertThat(kubectl.ok("run", "one", "--image=example/web:1").lines())
        .containsExactly("pod/one created");
    assertThat(kubectl.ok("wait", "--for=condition=Ready", "pod/one", "--timeout=30s").lines())
        .containsExactly("pod/one condition met");
    if (binary.minor() >= 23) {
      kubectl.ok("wait", "--for=jsonpath={.status.phase}=Running", "pod/one", "--timeout=10s");
    }
    try (Kubectl.Running waiting =
        kubectl.start("", "wait", "--for=delete", "pod/one", "--timeout=30s")) {
      assertThat(kubectl.ok("delete", "pod", "one").out()).contains("pod \"one\" deleted");
      var ended = waiting.await();
      if (binary.minor() >= 23 || ended.exit() == 0) {
        assertThat(ended.exit()).isZero();
      } else {
        assertThat(ended.err())
            .as("old ones want it to be there at first")
            .containsAnyOf("NotFound", "no matching resources found");
      }
    }
    kubectl.ok("run", "two", "--image=example/web:1");
    assertThat(kubectl.ok("delete", "pod", "two", "--grace-period=0", "--force").out())
        .contains("pod \"two\" force deleted");
    assertThat(kubectl.fails("get", "pod", "two").err()).contains("(NotFound)");
    assertThat(kubectl.fails("wait", "--for=condition=Ready", "pod/none", "--timeout=1s").err())
        .contains("pods \"none\" not found");
  }

  @Test
  void deletesWithWhatIsOwned() {
    for (String cascade : List.of("background", "foreground")) {
      kubectl.ok("create", "deployment", "web", "--image=example/web:1", "--replicas=2");
      kubectl.ok("wait", "--for=condition=Available", "deployment/web", "--timeout=30s");
      kubectl.ok("delete", "deployment", "web", "--cascade=" + cascade, "--timeout=30s");
      await().untilAsserted(() -> assertThat(names("deploy,rs,pods")).isEmpty());
    }
  }

  @Test
  void deletesWithoutWhatIsOwned() {
    kubectl.ok("create", "deployment", "web", "--image=example/web:1", "--replicas=2");
    kubectl.ok("wait", "--for=condition=Available", "deployment/web", "--timeout=30s");
    kubectl.ok("delete", "deployment", "web", "--cascade=orphan", "--timeout=30s");
    assertThat(names("deploy")).isEmpty();
    assertThat(names("pods")).hasSize(2);
    assertThat(kubectl.ok("get", "rs", "-o", "jsonpath={.items[*].metadata.ownerReferences}").out())
        .isEmpty();
  }

  private List<String> names(String kinds) {
    return kubectl.ok("get", kinds, "-o", "name").lines();
  }

  @Test
  void deletesNamespacesWithAllTheyHold() {
    Kubectl whole = kubectl.in("");
    String name = kubectl.namespace() + "-gone";
    whole.ok("create", "namespace", name);
    Kubectl inside = kubectl.in(name);
    inside.ok("create", "configmap", "c", "--from-literal=a=b");
    inside.ok("create", "deployment", "web", "--image=example/web:1");
    assertThat(whole.ok("delete", "namespace", name, "--timeout=50s").out())
        .contains("namespace \"" + name + "\" deleted");
    assertThat(whole.fails("get", "namespace", name).err()).contains("(NotFound)");
    assertThat(whole.fails("delete", "namespace", "default").err()).contains("(Forbidden)");
  }
}
