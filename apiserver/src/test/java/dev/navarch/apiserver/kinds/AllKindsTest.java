package dev.navarch.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Kind;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AllKindsTest {

  static Stream<Kind> kinds() {
    return BuiltInKinds.load().all().stream();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void bearAnObjectThatSaysNothing(Kind kind) {
    String empty =
        "{apiVersion: %s, kind: %s, metadata: {name: x, namespace: default}}"
            .formatted(kind.apiVersion(), kind.kind());
    Given given = Given.yaml(empty).created();
    assertThat(given.errors()).doesNotContainNull();
    assertThat(given.changedTo(Given.yaml(empty).created())).isEmpty();
    assertThat(given.row()).containsKey("Name").doesNotContainValue(null);
  }

  @Test
  void servicesShowTheirAddressesAndPorts() {
    Given service =
        Given.yaml(
            "{apiVersion: v1, kind: Service, metadata: {name: web, creationTimestamp:"
                + " '2026-01-01T11:59:30Z'}, spec: {type: NodePort, clusterIP: 10.96.1.2, selector:"
                + " {app: web}, ports: [{port: 80, nodePort: 30080}]}}");
    assertThat(service.errors()).isEmpty();
    assertThat(service.at("/spec/ports/0/targetPort")).isEqualTo("80");
    assertThat(service.row().values())
        .hasToString("[web, NodePort, 10.96.1.2, <none>, 80:30080/TCP, 30s, app=web]");
  }

  @Test
  void nodesShowWhatTheyAre() {
    Given node =
        Given.yaml(
            "{apiVersion: v1, kind: Node, metadata: {name: n1, labels:"
                + " {node-role.kubernetes.io/control-plane: ''}, creationTimestamp:"
                + " '2026-01-01T11:00:00Z'}, spec: {unschedulable: true}, status: {conditions: [{type:"
                + " Ready, status: 'True'}], addresses: [{type: InternalIP, address: 10.140.0.10}],"
                + " nodeInfo: {kubeletVersion: v1.36.0, osImage: Debian}}}");
    assertThat(node.row().values())
        .hasToString(
            "[n1, Ready,SchedulingDisabled, control-plane, 60m, v1.36.0, 10.140.0.10, <none>,"
                + " Debian, <unknown>, <unknown>]");
  }

  @Test
  void secretsTakePlainText() {
    Given secret =
        Given.yaml("{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {a: b}}");
    assertThat(secret.at("/data/a")).isEqualTo("Yg==");
    assertThat(secret.at("/type")).isEqualTo("Opaque");
    assertThat(secret.document().has("stringData")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {}} | spec.ports: Required value",
        "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 1, name: a},"
            + " {port: 1, name: b}]}} | spec.ports[1]: Duplicate value:"
            + " {\"protocol\":\"TCP\",\"port\":1}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a b: c}} | data[a b]: Invalid"
            + " value: \"a b\": a valid config key must consist of alphanumeric characters, '-',"
            + " '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for"
            + " validation is '[-._a-zA-Z0-9]+')",
        "{apiVersion: v1, kind: Secret, metadata: {name: s}, type: kubernetes.io/tls, data: {tls.crt:"
            + " ''}} | data[tls.key]: Required value",
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {rules: [{http:"
            + " {paths: [{path: /, backend: {service: {name: s, port: {number: 80}}}}]}}]}} |"
            + " spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified",
      })
  void sayWhatIsWrong(String document, String error) {
    assertThat(Given.yaml(document).errors()).containsExactly(error);
  }
}
