package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// What kubectl does with a kind that a user defined.
@WithKubectls
class KubectlCustomTest {
  private static final String DEFINITION =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: tanksMINOR.example.com}
      spec:
        group: example.com
        scope: Namespaced
        names: {plural: tanksMINOR, singular: tankMINOR, kind: TankMINOR, shortNames: [tkMINOR], categories: [vesselsMINOR]}
        versions:
        - name: v1
          served: true
          storage: true
          subresources:
            status: {}
            scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
          additionalPrinterColumns:
          - {name: Litres, type: integer, jsonPath: .spec.litres, description: How much it holds.}
          - {name: Full, type: boolean, jsonPath: .spec.full}
          - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
          - {name: Note, type: string, jsonPath: .spec.note, priority: 1}
          - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
          schema:
            openAPIV3Schema:
              description: A tank for anything that flows.
              type: object
              properties:
                spec:
                  description: What is wanted.
                  type: object
                  required: [litres]
                  properties:
                    litres: {type: integer, minimum: 1, description: How much it holds.}
                    replicas: {type: integer, default: 1}
                    full: {type: boolean}
                    note: {type: string}
                status:
                  type: object
                  x-kubernetes-preserve-unknown-fields: true
      """;

  private static final String TANK =
      """
      apiVersion: example.com/v1
      kind: TankMINOR
      metadata: {name: one}
      spec: {litres: %s, note: blue}
      """;

  private final Kubectls.Binary binary;
  private final TestCluster cluster;
  private final String tanks;
  private Kubectl kubectl;

  KubectlCustomTest(Kubectls.Binary binary, TestCluster cluster) {
    this.binary = binary;
    this.cluster = cluster;
    this.tanks = mine("tanksMINOR");
    this.kubectl = new Kubectl(binary, Path.of("."), "");
  }

  /// Definitions belong to the whole cluster, so each kubectl has its own.
  private String mine(String text) {
    return text.replace("MINOR", Integer.toString(binary.minor()));
  }

  @BeforeEach
  void define(TestInfo test) {
    kubectl = cluster.kubectl(binary, "custom-" + test.getTestMethod().orElseThrow().getName());
    kubectl.apply(mine(DEFINITION));
    kubectl.ok(
        "wait", "--for=condition=Established", "crd/" + tanks + ".example.com", "--timeout=20s");
  }

  private String litres() {
    return kubectl.ok("get", tanks, "one", "-o", "jsonpath={.spec.litres}").out();
  }

  @Test
  void showsAndExplains() {
    kubectl.apply(mine(TANK).formatted("5"));
    Golden.check(
        "custom-get",
        kubectl,
        kubectl
            .ok("get", tanks)
            .out()
            .concat(kubectl.ok("get", mine("tkMINOR"), "-o", "wide").out())
            .concat(kubectl.ok("get", mine("vesselsMINOR")).out().replace(tanks, "TANKS"))
            .replace(mine("tankMINOR"), "TANK"));
    assertThat(kubectl.ok("api-resources", "--api-group=example.com", "--no-headers").lines())
        .anyMatch(
            line -> line.startsWith(mine("tanksMINOR tkMINOR example.com/v1 true TankMINOR")));
    assertThat(kubectl.ok("explain", tanks).out()).contains("A tank for anything that flows.");
    assertThat(kubectl.ok("explain", tanks + ".spec.litres").out())
        .contains("How much it holds.")
        .contains("integer");
    assertThat(kubectl.ok("get", tanks, "one", "-o", "jsonpath={.spec.replicas}").out())
        .isEqualTo("1");
    assertThat(kubectl.ok("describe", tanks, "one").out()).contains("Litres:");
  }

  @Test
  void changes() {
    assertThat(kubectl.apply(mine(TANK).formatted("5")).lines())
        .containsExactly(mine("tankMINOR.example.com/one created"));
    assertThat(kubectl.apply(mine(TANK).formatted("6")).lines())
        .containsExactly(mine("tankMINOR.example.com/one configured"));
    assertThat(kubectl.apply(mine(TANK).formatted("6")).lines())
        .containsExactly(mine("tankMINOR.example.com/one unchanged"));
    kubectl.ok("patch", tanks, "one", "--type=merge", "-p", "{\"spec\":{\"litres\":7}}");
    assertThat(litres()).isEqualTo("7");
    kubectl.ok(
        "patch",
        tanks,
        "one",
        "--type=json",
        "-p",
        "[{\"op\":\"replace\",\"path\":\"/spec/litres\",\"value\":8}]");
    assertThat(litres()).isEqualTo("8");
    assertThat(
            kubectl.editingWith("sed -i s/litres:.8/litres:\\ 9/").ok("edit", tanks, "one").lines())
        .containsExactly(mine("tankMINOR.example.com/one edited"));
    assertThat(litres()).isEqualTo("9");
    kubectl.ok("scale", tanks, "one", "--replicas=3");
    assertThat(kubectl.ok("get", tanks, "one", "-o", "jsonpath={.spec.replicas}").out())
        .isEqualTo("3");
    kubectl.ok("label", tanks, "one", "colour=blue");
    assertThat(kubectl.ok("get", tanks, "-l", "colour=blue", "-o", "name").lines())
        .containsExactly(mine("tankMINOR.example.com/one"));
    assertThat(kubectl.refusesToApply(mine(TANK).formatted("0"), "--validate=false").err())
        .contains(
            "spec.litres: Invalid value: 0: spec.litres in body should be greater than or equal to"
                + " 1");
    assertThat(kubectl.refusesToApply(mine(TANK).formatted("much")).err()).contains("litres");
    assertThat(kubectl.ok("delete", tanks, "one").lines())
        .containsExactly(mine("tankMINOR.example.com \"one\" deleted"));
  }
}
