package dev.navarch.client;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;

/// A resource of the API and the Java type that its objects are read into.
public record Resource<T extends HasMetadata>(
    Class<T> type, String group, String version, String kind, String plural, boolean namespaced) {

  /// The resource that a model class stands for.
  public static <T extends HasMetadata> Resource<T> of(Class<T> type) {
    return new Resource<>(
        type,
        HasMetadata.getGroup(type),
        HasMetadata.getVersion(type),
        HasMetadata.getKind(type),
        HasMetadata.getPlural(type),
        Namespaced.class.isAssignableFrom(type));
  }

  /// Any resource, custom ones too, as a generic tree.
  public static Resource<GenericKubernetesResource> generic(
      String group, String version, String kind, String plural, boolean namespaced) {
    return new Resource<>(
        GenericKubernetesResource.class, group, version, kind, plural, namespaced);
  }

  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  @Override
  public String toString() {
    return group.isEmpty() ? plural : plural + "." + group;
  }
}
