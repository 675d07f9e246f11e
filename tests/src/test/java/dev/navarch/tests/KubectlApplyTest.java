package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// `kubectl apply --server-side` as users meet it: who owns what, what a conflict says, and the way
/// over from kubectl's own apply.
@WithKubectls
class KubectlApplyTest {
  private static final String WEB =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        replicas: %d
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
            - name: web
              image: example/web:1
              ports: [{containerPort: 80}]
      """;

  private final Kubectls.Binary binary;
  private final TestCluster cluster;
  private Kubectl kubectl;

  KubectlApplyTest(Kubectls.Binary binary, TestCluster cluster) {
    this.binary = binary;
    this.cluster = cluster;
    this.kubectl = new Kubectl(binary, Path.of("."), "");
  }

  @BeforeEach
  void enterNamespace(TestInfo test) {
    kubectl = cluster.kubectl(binary, "apply-" + test.getTestMethod().orElseThrow().getName());
  }

  private String replicas() {
    return kubectl.ok("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}").out();
  }

  /// Manager and operation of the entries that people wrote; controllers write, too.
  private List<String> owners() {
    return kubectl
        .ok(
            "get",
            "deployment",
            "web",
            "-o",
            "jsonpath={range .metadata.managedFields[*]}{.manager} {.operation}{\"\\n\"}{end}")
        .out()
        .lines()
        .filter(line -> !line.startsWith("kube-controller-manager"))
        .toList();
  }

  @Test
  void appliesAndOwns() {
    assertThat(kubectl.apply(WEB.formatted(0), "--server-side").lines())
        .containsExactly("deployment.apps/web serverside-applied");
    assertThat(kubectl.apply(WEB.formatted(0), "--server-side").lines())
        .containsExactly("deployment.apps/web serverside-applied");
    assertThat(owners()).containsExactly("kubectl Apply");
    kubectl.apply(WEB.formatted(0), "--server-side", "--field-manager=ops");
    assertThat(owners()).containsExactlyInAnyOrder("kubectl Apply", "ops Apply");
    kubectl.apply(WEB.formatted(0).replace("  replicas: 0\n", ""), "--server-side");
    assertThat(replicas()).isEqualTo("0");
  }

  @Test
  void saysWhoseFieldsAConflictIsAbout() {
    kubectl.apply(WEB.formatted(0), "--server-side");
    kubectl.ok("scale", "deployment", "web", "--replicas=1");

    Kubectl.Answer refused =
        kubectl.refusesToApply(WEB.formatted(2), "--server-side", "--field-manager=ops");

    assertThat(refused.err())
        .contains(
            "Apply failed with 1 conflict: conflict with \"%s\" with subresource \"scale\" using"
                    .formatted(binary.path().getFileName())
                + " apps/v1: .spec.replicas")
        .contains("--force-conflicts");
    assertThat(replicas()).isEqualTo("1");
    kubectl.apply(WEB.formatted(0), "--server-side", "--field-manager=ops", "--force-conflicts");
    assertThat(replicas()).isEqualTo("0");
  }

  @Test
  void takesOverFromClientSideApply() {
    kubectl.apply(WEB.formatted(0));
    assertThat(owners()).containsExactly("kubectl-client-side-apply Update");

    assertThat(
            kubectl.refusesToApply(WEB.formatted(1), "--server-side", "--field-manager=ops").err())
        .contains(
            "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using"
                + " apps/v1: .spec.replicas");
    kubectl.apply(WEB.formatted(0).replace("web:1", "web:2"), "--server-side");

    assertThat(owners()).contains("kubectl Apply");
    assertThat(
            kubectl
                .ok(
                    "get",
                    "deploy",
                    "web",
                    "-o",
                    "jsonpath={.spec.template.spec.containers[0].image}")
                .out())
        .isEqualTo("example/web:2");
    kubectl.apply(WEB.formatted(0).replace("web:1", "web:3"));
  }

  @Test
  void comparesWithWhatAnApplyWouldMake() {
    kubectl.apply(WEB.formatted(0), "--server-side");
    assertThat(kubectl.run(WEB.formatted(0), "diff", "--server-side", "-f", "-").exit()).isZero();

    Kubectl.Answer diff =
        kubectl.run(WEB.formatted(0).replace("web:1", "web:2"), "diff", "--server-side", "-f", "-");

    assertThat(diff.exit()).as("%s", diff).isEqualTo(1);
    assertThat(diff.out())
        .contains("-      - image: example/web:1", "+      - image: example/web:2");
  }

  @Test
  void showsManagedFieldsOnlyWhenAsked() {
    kubectl.assumeAtLeast(21, "--show-managed-fields");
    kubectl.apply(WEB.formatted(0), "--server-side");

    assertThat(kubectl.ok("get", "deploy", "web", "-o", "yaml").out())
        .doesNotContain("managedFields");
    assertThat(kubectl.ok("get", "deploy", "web", "-o", "yaml", "--show-managed-fields").out())
        .contains("f:replicas: {}", "k:{\"containerPort\":80,\"protocol\":\"TCP\"}:");
  }

  @Test
  void refusesWhatTheSchemaDoesNotKnow() {
    assertThat(
            kubectl
                .refusesToApply(
                    WEB.formatted(0).replace("replicas", "replicaz"),
                    "--server-side",
                    "--validate=false")
                .err())
        .contains(
            "failed to create typed patch object (%s/web; apps/v1, Kind=Deployment):"
                    .formatted(kubectl.namespace())
                + " .spec.replicaz: field not declared in schema");
  }
}
