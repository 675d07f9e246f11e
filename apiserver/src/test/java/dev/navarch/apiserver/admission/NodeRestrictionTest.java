package dev.navarch.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Yaml;
import dev.navarch.apiserver.admission.AdmissionPlugin.Operation;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NodeRestrictionTest {
  private static final String POD =
      "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default}, spec: {nodeName: n1}}";
  private static final String LIVING =
      "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default, uid: u1}, spec:"
          + " {nodeName: n1}}";
  private final NodeRestriction plugin = new NodeRestriction(FixedLister.of(Pod.class, LIVING));

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
}
