package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;

/// Where an object of one resource is found.
///
/// @param namespace empty for what belongs to the whole cluster
public record Key(String namespace, String name) {

  public static Key of(HasMetadata object) {
    String namespace = object.getMetadata().getNamespace();
    return new Key(namespace == null ? "" : namespace, object.getMetadata().getName());
  }

  @Override
  public String toString() {
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
