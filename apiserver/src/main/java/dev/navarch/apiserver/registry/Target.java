package dev.navarch.apiserver.registry;

import dev.navarch.api.Kind;

/// One object of a kind, or a collection of them when the name is empty. It also says where in the
/// store they stand: `/registry/pods/default/web-0`, `/registry/deployments.apps/default/web`.
///
/// @param namespace empty for all namespaces, and for kinds that belong to the whole cluster
public record Target(Kind kind, String namespace, String name) {
  public Target {
    namespace = kind.namespaced() ? namespace : "";
  }

  public static Target collection(Kind kind, String namespace) {
    return new Target(kind, namespace, "");
  }

  /// The same place, its objects written as another kind (another version of the same storage).
  Target as(Kind other) {
    return new Target(other, namespace, name);
  }

  Target named(String other) {
    return new Target(kind, namespace, other);
  }

  String key() {
    return prefix() + name;
  }

  /// What the keys of a whole collection begin with; ends in a slash.
  String prefix() {
    String all = "/registry/" + kind.resource() + "/";
    return namespace.isEmpty() ? all : all + namespace + "/";
  }
}
