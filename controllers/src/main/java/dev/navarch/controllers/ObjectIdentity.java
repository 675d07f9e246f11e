package dev.navarch.controllers;

import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;

/// An object of any kind, of which only what the garbage collector needs is read and kept: who it
/// is, who owns it, and what holds it. So the collector's cache of everything stays small, and what
/// comes after the metadata, most of an object, is not even looked at.
@JsonDeserialize(using = ObjectIdentity.Reader.class)
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
  public void setMetadata(ObjectMeta metadata) {
    this.metadata = metadata;
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

  static final class Reader extends ValueDeserializer<ObjectIdentity> {
    private static final int WANTED = 3;

    @Override
    public ObjectIdentity deserialize(JsonParser parser, DeserializationContext context) {
      ObjectIdentity identity = new ObjectIdentity();
      int found = 0;
      while (found < WANTED) {
        String field = parser.nextName();
        if (field == null) {
          break;
        }
        parser.nextToken();
        found++;
        switch (field) {
          case "apiVersion" -> identity.setApiVersion(parser.getString());
          case "kind" -> identity.setKind(parser.getString());
          case "metadata" -> identity.metadata = metadata(parser, context);
          default -> {
            parser.skipChildren();
            found--;
          }
        }
      }
      return identity;
    }

    private static ObjectMeta metadata(JsonParser parser, DeserializationContext context) {
      ObjectMeta metadata = new ObjectMeta();
      metadata.setAnnotations(Collections.emptyMap());
      metadata.setLabels(Collections.emptyMap());
      metadata.setManagedFields(Collections.emptyList());
      metadata.setFinalizers(Collections.emptyList());
      metadata.setOwnerReferences(Collections.emptyList());
      metadata.setAdditionalProperties(Map.of());
      for (String field = parser.nextName(); field != null; field = parser.nextName()) {
        if (parser.nextToken() == JsonToken.VALUE_NULL) {
          continue;
        }
        switch (field) {
          case "namespace" -> metadata.setNamespace(context.readValue(parser, String.class));
          case "name" -> metadata.setName(parser.getString());
          case "uid" -> metadata.setUid(parser.getString());
          case "resourceVersion" -> metadata.setResourceVersion(parser.getString());
          case "deletionTimestamp" -> metadata.setDeletionTimestamp(parser.getString());
          case "finalizers" ->
              metadata.setFinalizers(List.of(context.readValue(parser, String[].class)));
          case "ownerReferences" ->
              metadata.setOwnerReferences(
                  List.of(context.readValue(parser, OwnerReference[].class)));
          default -> parser.skipChildren();
        }
      }
      return metadata;
    }
  }
}
