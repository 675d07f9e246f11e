package dev.navarch.tests.nodes;

/// The YAML that several tests apply.
final class Manifests {
  private Manifests() {}

  /// A pod that holds on a node, for commands to run in.
  static String holder(String name, String node) {
    return pod(name, "nodeSelector: {kubernetes.io/hostname: %s}".formatted(node), "hold");
  }

  /// @param more a further line of the pod's spec
  /// @param command words of the one container's command
  static String pod(String name, String more, String command) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %1$s, labels: {app: %1$s}}
        spec:
          terminationGracePeriodSeconds: 2
          %2$s
          containers:
          - {name: main, image: "%3$s", command: [%4$s]}
        """
        .formatted(name, more, RealCluster.IMAGE, command);
  }

  /// Web servers on port 80, spread over the nodes, which leave a lost node at once.
  static String servers(String name, int replicas) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s}
        spec:
          replicas: %2$d
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata: {labels: {app: %1$s}}
            spec:
              terminationGracePeriodSeconds: 2
              tolerations:
              - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 2}
              - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 2}
              topologySpreadConstraints:
              - maxSkew: 1
                topologyKey: kubernetes.io/hostname
                whenUnsatisfiable: ScheduleAnyway
                labelSelector: {matchLabels: {app: %1$s}}
              containers:
              - name: main
                image: "%3$s"
                command: [serve, "80"]
                ports: [{containerPort: 80}]
                readinessProbe: {httpGet: {path: /cgi-bin/who, port: 80}, periodSeconds: 1}
        """
        .formatted(name, replicas, RealCluster.IMAGE);
  }

  /// @param more further fields of the Service's spec, in flow style
  static String service(String name, String app, String more) {
    return """
        apiVersion: v1
        kind: Service
        metadata: {name: %s}
        spec: {selector: {app: %s}, ports: [{port: 8080, targetPort: 80}] %s}
        """
        .formatted(name, app, more.isEmpty() ? "" : ", " + more);
  }
}
