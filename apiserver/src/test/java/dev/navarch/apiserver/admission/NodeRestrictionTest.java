package dev.navarch.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Yaml;
import dev.navarch.apiserver.admission.AdmissionPlugin.Operation;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeRestrictionTest {
  private static final String POD =
      "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default}, spec: {nodeName: n1}}";
  private static final String LIVING =
      "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default, uid: u1}, spec:"
          + " {nodeName: n1}}";
  private final NodeRestriction plugin = new NodeRestriction(FixedLister.of(Pod.class, LIVING));
  private static final String NODE =
      "{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {%s}, ownerReferences: [%s]}}";

  private void ask(String node, Operation operation, String subresource, String document) {
    plugin.admit(Asked.byNode(node, operation, subresource, document));
  }

  @Test
  void aNodeReportsOnlyItsOwnPods() {
    assertThatCode(() -> ask("n1", Operation.UPDATE, "status", POD)).doesNotThrowAnyException();
    assertThatCode(() -> ask("n1", Operation.DELETE, "", POD)).doesNotThrowAnyException();
    assertThatThrownBy(() -> ask("n2", Operation.UPDATE, "status", POD))
        .hasMessage(
            "pods \"web\" is forbidden: node \"n2\" can only update pod status for pods with"
                + " spec.nodeName set to itself");
    assertThatThrownBy(() -> ask("n2", Operation.DELETE, "", POD))
        .hasMessageContaining("node \"n2\" can only delete pods with spec.nodeName set to itself");
  }

  @Test
  void aNodeEvictsOnlyItsOwnPods() {
    assertThatCode(() -> ask("n1", Operation.CREATE, "eviction", POD)).doesNotThrowAnyException();
    assertThatThrownBy(() -> ask("n2", Operation.CREATE, "eviction", POD))
        .hasMessageContaining("node \"n2\" can only evict pods with spec.nodeName set to itself");
  }

  @Test
  void aNodeGetsTokensForItsOwnPodsOnly() {
    assertThatCode(() -> askToken("n1", "{kind: Pod, name: web, uid: u1}"))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> askToken("n2", "{kind: Pod, name: web, uid: u1}"))
        .hasMessageContaining("token bound to a pod scheduled on a different node");
    assertThatThrownBy(() -> askToken("n1", "{kind: Pod, name: web, uid: u0}"))
        .hasMessageContaining("(u0) does not match the UID in record");
    assertThatThrownBy(() -> askToken("n1", "{kind: Pod, name: web}"))
        .hasMessageContaining("without a uid");
    assertThatThrownBy(() -> askToken("n1", "{kind: Secret, name: web, uid: u1}"))
        .hasMessageContaining("not bound to a pod");
    assertThatThrownBy(() -> askToken("n1", "{kind: Pod, name: none, uid: u1}"))
        .hasMessage("pods \"none\" not found");
  }

  private void askToken(String node, String bound) {
    String account =
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: default}}";
    AdmissionPlugin.Request request = Asked.byNode(node, Operation.CREATE, "token", account);
    request
        .content()
        .putObject("spec")
        .set("boundObjectRef", Yaml.parse(bound.getBytes(StandardCharsets.UTF_8)));
    plugin.admit(request);
  }

  @Test
  void aNodeMakesMirrorsOfItsOwnThatNameNothingElse() {
    String own = "[{apiVersion: v1, kind: Node, name: n1, uid: u, controller: true}]";
    assertThatCode(() -> ask("n1", Operation.CREATE, "", mirror(own, "")))
        .doesNotThrowAnyException();
    assertRefused(
        POD,
        "pod does not have \"kubernetes.io/config.mirror\" annotation, node \"n1\" can only create mirror pods");
    assertRefused(
        mirror("[]", ""), "node \"n1\" can only create pods with an owner reference set to itself");
    assertRefused(
        mirror(own.replace("name: n1", "name: n2"), ""),
        "node \"n1\" can only create pods with an owner reference set to itself");
    assertRefused(
        mirror(own.replace(", controller: true", ""), ""),
        "node \"n1\" can only create pods with a controller reference set to itself");
    assertRefused(
        mirror(own.replace("controller: true", "controller: true, blockOwnerDeletion: true"), ""),
        "node \"n1\" must not set blockOwnerDeletion on an owner reference");
    assertRefused(
        mirror(own, ", volumes: [{name: v, secret: {secretName: s}}]"),
        "node \"n1\" can not create pods that reference secrets");
    assertRefused(
        mirror(own, ", serviceAccountName: admin"),
        "node \"n1\" can not create pods that reference a service account");
  }

  private void assertRefused(String pod, String message) {
    assertThatThrownBy(() -> ask("n1", Operation.CREATE, "", pod)).hasMessageContaining(message);
  }

  private static String mirror(String owners, String more) {
    return """
        {apiVersion: v1, kind: Pod,
         metadata: {name: web, namespace: default, ownerReferences: %s, annotations: {kubernetes.io/config.mirror: h}},
         spec: {nodeName: n1%s}}
        """
        .formatted(owners, more);
  }

  @Test
  void aNodeWritesOnlyItself() {
    String node = "{apiVersion: v1, kind: Node, metadata: {name: n1}}";
    assertThatCode(() -> ask("n1", Operation.CREATE, "", node)).doesNotThrowAnyException();
    assertThatThrownBy(() -> ask("n2", Operation.UPDATE, "status", node))
        .hasMessage("nodes \"n1\" is forbidden: node \"n2\" is not allowed to modify node \"n1\"");
    String drivers = "{apiVersion: storage.k8s.io/v1, kind: CSINode, metadata: {name: n1}}";
    assertThatCode(() -> ask("n1", Operation.CREATE, "", drivers)).doesNotThrowAnyException();
    assertThatThrownBy(() -> ask("n2", Operation.UPDATE, "", drivers))
        .hasMessageContaining("can only access CSINode with the same name as the requesting node");
    String lease =
        "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: n1, namespace:"
            + " kube-node-lease}}";
    assertThatCode(() -> ask("n1", Operation.UPDATE, "", lease)).doesNotThrowAnyException();
    assertThatThrownBy(() -> ask("n2", Operation.UPDATE, "", lease))
        .hasMessageContaining(
            "can only access node lease with the same name as the requesting node");
  }

  /// CVE-2025-5187 (door 18): an owner that is not there took the node along, and with it what it
  /// was not allowed to change.
  @Test
  void aNodeGivesItselfNoOwner() {
    String owner = "{apiVersion: v1, kind: ConfigMap, name: none, uid: u}";
    assertThatThrownBy(() -> change("n1", NODE.formatted("", ""), NODE.formatted("", owner)))
        .hasMessage(
            "nodes \"n1\" is forbidden: node \"n1\" is not allowed to modify ownerReferences");
    assertThatThrownBy(() -> change("n1", NODE.formatted("", owner), NODE.formatted("", "")))
        .hasMessageContaining("is not allowed to modify ownerReferences");
    assertThatCode(() -> change("n1", NODE.formatted("a: b", owner), NODE.formatted("a: c", owner)))
        .doesNotThrowAnyException();
  }

  private void change(String node, String before, String after) {
    plugin.admit(Asked.byNode(node, before, after));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "node-restriction.kubernetes.io/x",
        "a.node-restriction.kubernetes.io/x",
        "node-role.kubernetes.io/control-plane",
        "kubernetes.io/made-up",
        "x.k8s.io/made-up"
      })
  void aNodeDrawsNothingToItselfByLabels(String label) {
    assertThatThrownBy(() -> ask("n1", Operation.CREATE, "", NODE.formatted(label + ": a", "")))
        .hasMessageContaining("node \"n1\" is not allowed to set the following labels: " + label);
    assertThatThrownBy(
            () -> change("n1", NODE.formatted("", ""), NODE.formatted(label + ": a", "")))
        .hasMessageContaining("is not allowed to modify labels: " + label);
    assertThatThrownBy(
            () -> change("n1", NODE.formatted(label + ": a", ""), NODE.formatted("", "")))
        .hasMessageContaining("is not allowed to modify labels: " + label);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
        "node.kubernetes.io/instance-type",
        "x.kubelet.kubernetes.io/y",
        "example.com/z"
      })
  void aNodeSaysWhatItIs(String label) {
    assertThatCode(() -> change("n1", NODE.formatted("", ""), NODE.formatted(label + ": a", "")))
        .doesNotThrowAnyException();
  }

  /// A static pod must not read for a node what its pods do not use (door 18).
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "serviceAccountName: a | a service account",
        "volumes: [{name: v, secret: {secretName: s}}] | secrets",
        "volumes: [{name: v, projected: {sources: [{configMap: {name: c}}]}}] | configmaps",
        "ephemeralContainers: [{name: e, envFrom: [{secretRef: {name: s}}]}] | secrets",
        "imagePullSecrets: [{name: s}] | secrets",
        "volumes: [{name: v, persistentVolumeClaim: {claimName: c}}] | persistentvolumeclaims"
      })
  void aStaticPodReadsNothing(String spec, String what) {
    String pod =
        "{apiVersion: v1, kind: Pod, metadata: {name: m, namespace: default, annotations:"
            + " {kubernetes.io/config.mirror: x}, ownerReferences: [{apiVersion: v1, kind: Node,"
            + " name: n1, uid: u, controller: true}]}, spec: {nodeName: n1, containers: [{name: c,"
            + " image: i}], %s}}";
    assertThatCode(() -> ask("n1", Operation.CREATE, "", pod.formatted("")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> ask("n1", Operation.CREATE, "", pod.formatted(spec)))
        .hasMessageContaining("node \"n1\" can not create pods that reference " + what);
  }

  @Test
  void labelsAreNoStatus() {
    String labelled = POD.replace("namespace: default", "namespace: default, labels: {app: bank}");
    assertThatThrownBy(
            () -> plugin.admit(Asked.byNode("n1", Operation.UPDATE, "status", POD, labelled)))
        .hasMessageContaining("node \"n1\" cannot update labels through pod status");
  }
}
