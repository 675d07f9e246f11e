package dev.navarch.bench.api;

/// The objects that the load writes. Pods name a scheduler that does not exist: what is measured is
/// the API, not what others make of its objects.
final class Samples {
  private static final String PADDING = "0123456789abcdef".repeat(44);

  private Samples() {}

  /// About half a KB.
  static String pod(String name) {
    return """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s","namespace":"default",\
        "labels":{"app":"bench","tier":"backend","release":"stable"}},\
        "spec":{"schedulerName":"nobody","containers":[{"name":"main",\
        "image":"registry.example/library/bench:1.27.3","ports":[{"containerPort":8080,"name":"http"}],\
        "env":[{"name":"MODE","value":"bench"}],\
        "resources":{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"memory":"128Mi"}}}]}}"""
        .formatted(name);
  }

  /// About 0.9 KB.
  static String configMap(String name) {
    return """
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","namespace":"default",\
        "labels":{"app":"bench"}},"data":{"settings":"%s","name":"%s"}}"""
        .formatted(name, PADDING, name);
  }

  /// About 0.3 KB, in a namespace of its own: what many watch.
  static String event(String namespace, int number) {
    return """
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"event-%07d","namespace":"%s"},\
        "data":{"number":"%d","text":"something happened that everybody wants to know"}}"""
        .formatted(number, namespace, number);
  }

  static String namespace(String name) {
    return "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\""
        + name
        + "\"}}";
  }

  /// Lets the load's user do everything, by RBAC.
  static String binding() {
    return """
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding",\
        "metadata":{"name":"bench-load"},"subjects":[{"kind":"Group","name":"bench-load",\
        "apiGroup":"rbac.authorization.k8s.io"}],"roleRef":{"kind":"ClusterRole",\
        "name":"cluster-admin","apiGroup":"rbac.authorization.k8s.io"}}""";
  }
}
