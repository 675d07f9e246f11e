package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// How many pods those who control some pods want altogether, as their scales say.
///
/// @param count the sum over all owners, each counted once
/// @param unmanaged pods that nobody controls: nobody says how many of them there should be
record ExpectedPods(int count, List<String> unmanaged) {

  /// @throws UnscalableException when an owner has no scale
  static ExpectedPods of(Cluster cluster, List<Pod> pods) {
    Set<String> seen = new HashSet<>();
    int count = 0;
    for (Pod pod : pods) {
      Optional<OwnerReference> owner = OwnerReferences.controllerOf(pod);
      if (owner.isPresent() && seen.add(owner.get().getUid())) {
        count += scale(cluster, pod.getMetadata().getNamespace(), owner.get(), seen);
      }
    }
    return new ExpectedPods(
        count,
        pods.stream()
            .filter(pod -> OwnerReferences.controllerOf(pod).isEmpty())
            .map(pod -> pod.getMetadata().getName())
            .toList());
  }

  /// An owner without a scale.
  static final class UnscalableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnscalableException(String message) {
      super(message);
    }
  }

  /// Of a replica set that belongs to a deployment, the deployment counts.
  private static int scale(
      Cluster cluster, String namespace, OwnerReference owner, Set<String> seen) {
    Optional<GenericKubernetesResource> object =
        cluster
            .find(resource(cluster, owner), new Key(namespace, owner.getName()))
            .filter(it -> it.getMetadata().getUid().equals(owner.getUid()));
    if (object.isEmpty()) {
      return 0;
    }
    Optional<OwnerReference> above = OwnerReferences.controllerOf((HasMetadata) object.get());
    if (above.isPresent() && above.get().getKind().equals("Deployment")) {
      return seen.add(above.get().getUid()) ? scale(cluster, namespace, above.get(), seen) : 0;
    }
    JsonNode replicas = Objects.tree(object.get()).at("/spec/replicas");
    if (!replicas.isNumber()) {
      throw new UnscalableException(
          "%s does not implement the scale subresource".formatted(resource(cluster, owner)));
    }
    return replicas.asInt(0);
  }

  private static Resource<GenericKubernetesResource> resource(
      Cluster cluster, OwnerReference owner) {
    return NamedKind.resource(cluster, owner.getApiVersion(), owner.getKind());
  }
}
