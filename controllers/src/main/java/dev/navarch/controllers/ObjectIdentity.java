package dev.navarch.controllers;

import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;

/// An object of any kind, of which only what the garbage collector needs is read and kept: who it
/// is, who owns it, and what holds it. So the collector's cache of everything stays small.
@JsonDeserialize(using = ValueDeserializer.None.class)
final class ObjectIdentity implements HasMetadata {
  private String apiVersion = "";
  private String kind = "";
  private ObjectMeta metadata = new ObjectMeta();

  /// The same resource, read as identities.
  static Resource<ObjectIdentity> of(Resource<?> resource) {
    return new Resource<>(
        ObjectIdentity.class,
        resource.group(),
        resource.version(),
        resource.kind(),
        resource.plural(),
        resource.namespaced());
  }

  @Override
  public ObjectMeta getMetadata() {
    return metadata;
  }

  @Override
  public void setMetadata(ObjectMeta all) {
    metadata =
        new ObjectMetaBuilder()
            .withNamespace(all.getNamespace())
            .withName(all.getName())
            .withUid(all.getUid())
            .withResourceVersion(all.getResourceVersion())
            .withDeletionTimestamp(all.getDeletionTimestamp())
            .withFinalizers(all.getFinalizers())
            .withOwnerReferences(all.getOwnerReferences())
            .build();
  }

  @Override
  public String getKind() {
    return kind;
  }

  public void setKind(String kind) {
    this.kind = kind.intern();
  }

  @Override
  public String getApiVersion() {
    return apiVersion;
  }

  @Override
  public void setApiVersion(String version) {
    apiVersion = version.intern();
  }
}
