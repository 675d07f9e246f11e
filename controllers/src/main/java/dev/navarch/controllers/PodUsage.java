package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.api.GoDuration;
import dev.navarch.api.Quantity;
import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What pods use, as `metrics.k8s.io` tells it, whoever serves that.
///
/// @param api reaches what other servers serve, too
record PodUsage(Supplier<Cluster> api) {
  private static final Resource<GenericKubernetesResource> METRICS =
      Resource.generic("metrics.k8s.io", "v1beta1", "PodMetrics", "pods", true);

  /// By the names of the pods. A pod of which a container's figure is missing is left out.
  ///
  /// @param container empty for the pod as a whole
  Map<String, AutoscaleMath.Used> of(
      String namespace, String selector, String resource, String container) {
    Cluster.ListOptions those = new Cluster.ListOptions(namespace, selector, "", "", 0, "");
    Map<String, AutoscaleMath.Used> used = new HashMap<>();
    try {
      for (GenericKubernetesResource item : api.get().list(METRICS, those).items()) {
        read(used, Objects.tree(item), resource, container);
      }
    } catch (ApiException e) {
      throw new AutoscaleMath.UnknownException(
          "unable to fetch metrics from resource metrics API: " + e.getMessage());
    }
    if (used.isEmpty()) {
      throw new AutoscaleMath.UnknownException("no metrics returned from resource metrics API");
    }
    return used;
  }

  private static void read(
      Map<String, AutoscaleMath.Used> used, ObjectNode item, String resource, String container) {
    long milli = 0;
    boolean any = false;
    for (JsonNode one : item.path("containers")) {
      if (!container.isEmpty() && !container.equals(one.path("name").asString(""))) {
        continue;
      }
      JsonNode amount = one.path("usage").path(resource);
      if (!amount.isString()) {
        return;
      }
      milli += Quantity.parse(amount.asString("")).milliValue();
      any = true;
    }
    if (any) {
      used.put(
          item.at("/metadata/name").asString(""),
          new AutoscaleMath.Used(
              milli,
              Instant.parse(item.path("timestamp").asString("1970-01-01T00:00:00Z")),
              GoDuration.parse(item.path("window").asString("0s"))));
    }
  }
}
