package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// `kubectl explain`, which reads OpenAPI: version 2 as protobuf before 1.24, version 3 since.
@WithKubectls
class KubectlExplainTest {
  /// The minor version since which types are told by their names.
  private static final int NAMES_TYPES = 27;

  private final Kubectls.Binary binary;
  private final TestCluster cluster;
  private Kubectl kubectl;

  KubectlExplainTest(Kubectls.Binary binary, TestCluster cluster) {
    this.binary = binary;
    this.cluster = cluster;
    this.kubectl = new Kubectl(binary, Path.of("."), "");
  }

  @BeforeEach
  void enterNamespace(TestInfo test) {
    kubectl = cluster.kubectl(binary, "explain-" + test.getTestMethod().orElseThrow().getName());
  }

  @Test
  void describesKindsAndFields() {
    assertThat(kubectl.ok("explain", "pods").out())
        .contains("KIND:", "VERSION:", "v1", "Pod is a collection of containers", "spec")
        .contains("What is wanted.");
    assertThat(kubectl.ok("explain", "pods.spec.containers.imagePullPolicy").out())
        .contains("Image pull policy. One of Always, Never, IfNotPresent.");
    assertThat(kubectl.ok("explain", "deployments.spec.strategy").out())
        .contains("rollingUpdate", "Type of deployment. Can be \"Recreate\" or \"RollingUpdate\".");
  }

  @Test
  void printsAllFieldsBelow() {
    assertThat(kubectl.ok("explain", "pods.spec.containers", "--recursive").out())
        .contains("single application container")
        .contains("imagePullPolicy", "livenessProbe", "httpHeaders", "terminationMessagePath");
    String type = binary.minor() < NAMES_TYPES ? "<Object>" : "JSONSchemaProps";
    assertThat(kubectl.ok("explain", "crd.spec.versions.schema", "--recursive").out())
        .contains("openAPIV3Schema", type);
  }
}
