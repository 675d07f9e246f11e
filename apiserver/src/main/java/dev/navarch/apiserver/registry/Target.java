package dev.navarch.apiserver.registry;

import dev.navarch.api.Kind;
import dev.navarch.apiserver.cache.StorageKeys;

/// One object of a kind, or a collection of them when the name is empty, and where in the store
/// that is.
///
/// @param namespace empty for all namespaces, and for kinds that belong to the whole cluster
public record Target(Kind kind, String namespace, String name) {
  public Target {
    namespace = kind.namespaced() ? namespace : "";
  }

  public static Target collection(Kind kind, String namespace) {
    return new Target(kind, namespace, "");
  }

  /// Where a key of a collection's objects leads, in the collection's kind.
  public static Target at(String key, Target collection) {
    String[] parts = key.substring(StorageKeys.prefix(collection.kind()).length()).split("/", 2);
    return collection.kind().namespaced()
        ? new Target(collection.kind(), parts[0], parts[1])
        : new Target(collection.kind(), "", parts[0]);
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
    return StorageKeys.prefix(kind, namespace);
  }
}
