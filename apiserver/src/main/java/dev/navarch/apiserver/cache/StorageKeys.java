package dev.navarch.apiserver.cache;

import dev.navarch.api.ApiError.Resource;
import dev.navarch.api.Kind;

/// Where objects stand in the store, said in this one place: `/registry/pods/default/web-0`,
/// `/registry/deployments.apps/default/web`, `/registry/nodes/node-1`. Versions of a kind share
/// their objects, so the version is no part of a key.
public final class StorageKeys {
  /// What every object's key begins with.
  public static final String ROOT = "/registry/";

  private StorageKeys() {}

  /// What the keys of all objects of a kind begin with; ends in a slash.
  public static String prefix(Kind kind) {
    return ROOT + kind.resource() + "/";
  }

  /// @param namespace empty for all, and for kinds that belong to the whole cluster
  public static String prefix(Kind kind, String namespace) {
    String all = prefix(kind);
    return namespace.isEmpty() || !kind.namespaced() ? all : all + namespace + "/";
  }

  public static String key(Kind kind, String namespace, String name) {
    return prefix(kind, namespace) + name;
  }

  /// The first key beyond all that begin with `prefix`.
  public static String end(String prefix) {
    int last = prefix.length() - 1;
    return prefix.substring(0, last) + (char) (prefix.charAt(last) + 1);
  }

  /// The first key beyond `key`: where a list goes on.
  public static String after(String key) {
    return key + '\0';
  }

  /// The resource that a key below {@link #ROOT} belongs to.
  public static Resource resource(String key) {
    int end = key.indexOf('/', ROOT.length());
    String name = key.substring(ROOT.length(), end < 0 ? key.length() : end);
    int dot = name.indexOf('.');
    return dot < 0
        ? new Resource("", name)
        : new Resource(name.substring(dot + 1), name.substring(0, dot));
  }
}
