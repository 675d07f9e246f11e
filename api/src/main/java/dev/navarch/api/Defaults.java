package dev.navarch.api;

import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Fills in what a schema says of absent fields, all the way down: real defaults such as `protocol:
/// TCP`, and the empty values that Kubernetes always prints, such as `status: {}`. Defaults that
/// look at other fields belong to the kinds.
public final class Defaults {
  /// Empty defaults that the facts name and Go leaves out when printing.
  private static final Map<String, Set<String>> NOT_PRINTED =
      Map.ofEntries(
          Map.entry("io.k8s.api.core.v1.LocalObjectReference", Set.of("name")),
          Map.entry("io.k8s.api.core.v1.ConfigMapEnvSource", Set.of("name")),
          Map.entry("io.k8s.api.core.v1.ConfigMapKeySelector", Set.of("name")),
          Map.entry("io.k8s.api.core.v1.ConfigMapProjection", Set.of("name")),
          Map.entry("io.k8s.api.core.v1.ConfigMapVolumeSource", Set.of("name")),
          Map.entry("io.k8s.api.core.v1.SecretEnvSource", Set.of("name")),
          Map.entry("io.k8s.api.core.v1.SecretKeySelector", Set.of("name")),
          Map.entry("io.k8s.api.core.v1.SecretProjection", Set.of("name")),
          Map.entry("io.k8s.api.core.v1.NodeRuntimeHandler", Set.of("name")),
          Map.entry("io.k8s.api.core.v1.ReplicationControllerSpec", Set.of("minReadySeconds")),
          Map.entry("io.k8s.api.autoscaling.v1.ScaleSpec", Set.of("replicas")));

  private Defaults() {}

  /// Fills the document in place.
  public static void apply(JsonNode document, Schema schema) {
    switch (document) {
      case ObjectNode object when schema.type() == Schema.Type.OBJECT -> {
        Schema values = schema.values();
        if (values != null) {
          object.values().forEach(value -> apply(value, values));
        } else {
          fields(object, schema);
        }
      }
      case ArrayNode array -> {
        Schema items = schema.items();
        if (items != null) {
          array.values().forEach(item -> apply(item, items));
        }
      }
      default -> {}
    }
  }

  private static void fields(ObjectNode object, Schema schema) {
    Set<String> notPrinted = NOT_PRINTED.getOrDefault(schema.definition(), Set.of());
    for (Map.Entry<String, Schema> entry : schema.fields().entrySet()) {
      String name = entry.getKey();
      Schema field = entry.getValue();
      JsonNode value = object.get(name);
      JsonNode byDefault = field.defaultValue();
      if (value == null && byDefault != null && !notPrinted.contains(name)) {
        value = byDefault.deepCopy();
        object.set(name, value);
      }
      if (value != null) {
        apply(value, field);
      }
    }
  }
}
