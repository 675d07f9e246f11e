package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.Locale;

/// A kind as references name it, custom ones too.
final class NamedKind {
  private NamedKind() {}

  /// The namespaced resource of a kind; one that is not served by the name that it would have.
  static Resource<GenericKubernetesResource> resource(
      Cluster cluster, String apiVersion, String kind) {
    int slash = apiVersion.indexOf('/');
    String group = slash < 0 ? "" : apiVersion.substring(0, slash);
    String version = apiVersion.substring(slash + 1);
    String plural =
        cluster.discover().stream()
            .filter(it -> it.group().equals(group) && it.kind().equals(kind))
            .map(Resource::plural)
            .findFirst()
            .orElse(kind.toLowerCase(Locale.ROOT) + "s");
    return Resource.generic(group, version, kind, plural, true);
  }
}
