package dev.navarch.bench.micro;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Decoder;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.apply.ManagedFields;
import dev.navarch.api.apply.ObjectVersions;
import dev.navarch.api.apply.Ownership;
import dev.navarch.api.apply.Writer;
import tools.jackson.databind.node.ObjectNode;

/// The document that all benchmarks work on: a pod of a usual size, as it stands in the API, with
/// the fields that its manager owns.
final class Sample {
  static final String TIME = "2026-01-01T00:00:00Z";

  /// About 1 KB, as people write it.
  static final String YAML =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: web-0
        namespace: default
        labels: {app: web, tier: backend, release: stable}
        annotations:
          example.com/owner: the team that is called at night
      spec:
        serviceAccountName: web
        nodeName: node1
        containers:
        - name: main
          image: registry.example/library/web:1.27.3
          ports:
          - {name: http, containerPort: 8080, protocol: TCP}
          - {name: metrics, containerPort: 9090, protocol: TCP}
          env:
          - {name: MODE, value: production}
          - name: POD_IP
            valueFrom: {fieldRef: {apiVersion: v1, fieldPath: status.podIP}}
          resources:
            requests: {cpu: 100m, memory: 64Mi}
            limits: {memory: 128Mi}
          readinessProbe:
            httpGet: {path: /ready, port: http, scheme: HTTP}
            periodSeconds: 10
          volumeMounts:
          - {name: settings, mountPath: /etc/web, readOnly: true}
        - name: helper
          image: registry.example/library/helper:2.1
          args: [--listen, "127.0.0.1:7070", --verbose]
        volumes:
        - name: settings
          configMap: {name: web-settings, defaultMode: 420}
        tolerations:
        - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 300}
      """;

  private static final BuiltInKinds KINDS = BuiltInKinds.load();

  private Sample() {}

  static BuiltInKinds kinds() {
    return KINDS;
  }

  static Kind kind() {
    return KINDS.byKind("v1", "Pod").orElseThrow();
  }

  static ObjectVersions versions() {
    return ObjectVersions.only("v1", kind().schema());
  }

  static Writer writer(String manager) {
    return new Writer(manager, "", TIME);
  }

  /// The pod without managedFields.
  static ObjectNode sent() {
    return Decoder.clean(dev.navarch.api.Yaml.parse(YAML.getBytes(UTF_8)), kind().schema());
  }

  /// The pod as a client that updates it has made it.
  static ObjectNode pod() {
    ObjectNode pod = sent();
    ManagedFields.put(pod, new Ownership().created(pod, versions(), writer("creator")));
    return pod;
  }

  static byte[] json() {
    return Json.bytes(pod());
  }
}
