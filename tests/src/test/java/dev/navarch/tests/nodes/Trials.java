package dev.navarch.tests.nodes;

import java.util.List;
import java.util.stream.Stream;

/// Every pod that looks at itself. To add some: a file that makes them, and a line here.
final class Trials {
  /// What they refer to, in their namespace and cluster-wide.
  static final String OBJECTS =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: settings}
      data: {colour: green, size: "7"}
      binaryData: {raw: AP8Q}
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: more}
      data: {colour: blue}
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: stone}
      immutable: true
      data: {word: fixed}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: hidden}
      stringData: {password: s3cret}
      ---
      apiVersion: v1
      kind: ServiceAccount
      metadata: {name: robot}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: front-door}
      spec: {selector: {app: none}, ports: [{name: web, port: 8080}]}
      ---
      apiVersion: v1
      kind: PersistentVolume
      metadata: {name: trials-kept}
      spec:
        capacity: {storage: 1Mi}
        accessModes: [ReadWriteMany]
        storageClassName: kept-by-hand
        hostPath: {path: FOLDER/kept, type: DirectoryOrCreate}
      ---
      apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: {name: kept}
      spec: {storageClassName: kept-by-hand, accessModes: [ReadWriteMany], resources: {requests: {storage: 1Mi}}}
      ---
      apiVersion: v1
      kind: PersistentVolume
      metadata: {name: trials-own}
      spec:
        capacity: {storage: 1Mi}
        accessModes: [ReadWriteOnce]
        storageClassName: by-hand
        hostPath: {path: FOLDER/own, type: DirectoryOrCreate}
      ---
      apiVersion: node.k8s.io/v1
      kind: RuntimeClass
      metadata: {name: plain}
      handler: runc
      ---
      apiVersion: node.k8s.io/v1
      kind: RuntimeClass
      metadata: {name: heavy}
      handler: runc
      overhead: {podFixed: {cpu: 10m, memory: 8Mi}}
      """
          .replace("FOLDER", VolumeTrials.NODE_FOLDER);

  private Trials() {}

  static List<Trial> all() {
    return Stream.of(
            EnvironmentTrials.all(),
            NetworkTrials.all(),
            SecurityTrials.all(),
            VolumeTrials.all(),
            ResourceTrials.all(),
            LifecycleTrials.all())
        .flatMap(trials -> trials)
        .toList();
  }
}
