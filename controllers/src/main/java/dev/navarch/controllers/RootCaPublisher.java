package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Keeps the API server's certificate authority in every namespace, in the config map
/// `kube-root-ca.crt`, where pods find it beside their token. Changes by others are undone.
final class RootCaPublisher implements Reconciler<Namespace> {
  private static final String NAME = "kube-root-ca.crt";

  private static final Resource<ConfigMap> MAPS = Resource.of(ConfigMap.class);

  private final Cluster cluster;
  private final Map<String, String> data;

  private RootCaPublisher(Cluster cluster, String authority) {
    this.cluster = cluster;
    this.data = Map.of("ca.crt", authority);
  }

  /// What other config maps hold is nothing that a controller need keep in memory.
  static Controller register(Cluster cluster, String authority) {
    return Controller.of(Namespace.class, new RootCaPublisher(cluster, authority))
        .name("root_ca_cert_publisher")
        .watches(
            ObjectIdentity.of(MAPS),
            map ->
                map.getMetadata().getName().equals(NAME)
                    ? Stream.of(new Key("", map.getMetadata().getNamespace()))
                    : Stream.empty());
  }

  @Override
  public Result reconcile(Namespace namespace) {
    if (Pods.isDeleting(namespace)) {
      return Result.done();
    }
    String name = namespace.getMetadata().getName();
    Optional<ConfigMap> found = cluster.find(MAPS, new Key(name, NAME));
    if (found.isEmpty()) {
      Created.unlessGoingAway(() -> cluster.create(map(name)));
    } else if (!data.equals(found.get().getData())) {
      ConfigMap changed = Objects.copy(found.get());
      changed.setData(data);
      cluster.update(changed);
    }
    return Result.done();
  }

  private ConfigMap map(String namespace) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(NAME)
        .addToAnnotations(
            "kubernetes.io/description",
            "Certificates that prove who the API server is, at its addresses in the cluster.")
        .endMetadata()
        .withData(data)
        .build();
  }
}
