package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import tools.jackson.databind.node.ObjectNode;

/// What an autoscaler scales, seen through its scale.
///
/// @param selector of its pods; empty when the scale does not tell
record AutoscaledTarget(
    Resource<GenericKubernetesResource> resource,
    Key key,
    int replicas,
    int statusReplicas,
    String selector) {

  /// @param near tells what kinds there are
  /// @param api where scales are
  static AutoscaledTarget of(
      Cluster near, Cluster api, String namespace, CrossVersionObjectReference named) {
    String apiVersion = named.getApiVersion() == null ? "v1" : named.getApiVersion();
    var resource = NamedKind.resource(near, apiVersion, named.getKind());
    Key key = new Key(namespace, named.getName());
    ObjectNode scale = Objects.tree(patched(api, resource, key, Objects.emptyDocument()));
    return new AutoscaledTarget(
        resource,
        key,
        scale.at("/spec/replicas").asInt(0),
        scale.at("/status/replicas").asInt(0),
        scale.at("/status/selector").asString(""));
  }

  void scale(Cluster api, int replicas) {
    ObjectNode patch = Objects.emptyDocument();
    patch.putObject("spec").put("replicas", replicas);
    patched(api, resource, key, patch);
  }

  /// A patch that changes nothing reads the scale.
  private static GenericKubernetesResource patched(
      Cluster api, Resource<GenericKubernetesResource> resource, Key key, ObjectNode patch) {
    var merge = new Cluster.Patch(Cluster.Patch.Type.MERGE, Objects.write(patch));
    return api.patch(resource, key, merge, "scale");
  }
}
