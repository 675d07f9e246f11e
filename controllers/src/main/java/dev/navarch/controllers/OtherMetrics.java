package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.api.GoDuration;
import dev.navarch.api.Quantity;
import dev.navarch.api.selectors.LabelSelector;
import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricIdentifier;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// Figures that other servers keep, such as adapters of Prometheus and KEDA: those of pods and
/// other objects at `custom.metrics.k8s.io`, those of the world outside at
/// `external.metrics.k8s.io`. All in thousandths.
///
/// @param near tells what kinds there are
/// @param api reaches what other servers serve
record OtherMetrics(Cluster near, Supplier<Cluster> api) {
  private static final String CUSTOM = "custom.metrics.k8s.io";
  private static final String EXTERNAL = "external.metrics.k8s.io";

  /// By the names of the pods.
  Map<String, AutoscaleMath.Used> ofPods(
      String namespace, String selector, MetricIdentifier metric) {
    Map<String, AutoscaleMath.Used> used = new HashMap<>();
    for (ObjectNode item : custom(namespace, selector, "pods/*", metric)) {
      used.put(
          item.at("/describedObject/name").asString(""),
          new AutoscaleMath.Used(
              milli(item),
              Instant.parse(item.path("timestamp").asString("1970-01-01T00:00:00Z")),
              item.has("windowSeconds")
                  ? Duration.ofSeconds(item.path("windowSeconds").asLong(0))
                  : GoDuration.parse(item.path("window").asString("0s"))));
    }
    if (used.isEmpty()) {
      throw new AutoscaleMath.UnknownException("no metrics returned from custom metrics API");
    }
    return used;
  }

  long ofObject(String namespace, CrossVersionObjectReference object, MetricIdentifier metric) {
    String apiVersion = object.getApiVersion() == null ? "v1" : object.getApiVersion();
    var kind = NamedKind.resource(near, apiVersion, object.getKind());
    String what = kind + "/" + object.getName();
    return custom(namespace, "", what, metric).stream()
        .findFirst()
        .map(OtherMetrics::milli)
        .orElseThrow(
            () ->
                new AutoscaleMath.UnknownException("no metrics returned from custom metrics API"));
  }

  /// The sum of all that go by the name and the selector.
  long external(String namespace, MetricIdentifier metric) {
    List<ObjectNode> items;
    try {
      items = list(EXTERNAL, "v1beta1", metric.getName(), namespace, selector(metric));
    } catch (ApiException e) {
      throw new AutoscaleMath.UnknownException(
          "unable to fetch metrics from external metrics API: " + e.getMessage());
    }
    if (items.isEmpty()) {
      throw new AutoscaleMath.UnknownException("no metrics returned from external metrics API");
    }
    return items.stream().mapToLong(OtherMetrics::milli).sum();
  }

  /// Asks in the newer version first, and in the older one whoever does not know it.
  private List<ObjectNode> custom(
      String namespace, String selector, String what, MetricIdentifier metric) {
    if (!selector(metric).isEmpty()) {
      throw new AutoscaleMath.UnknownException(
          "a selector (%s) for metrics of pods and objects is not sent by Navarch yet"
              .formatted(selector(metric)));
    }
    String plural = what + "/" + metric.getName();
    try {
      try {
        return list(CUSTOM, "v1beta2", plural, namespace, selector);
      } catch (ApiException e) {
        if (!e.isNotFound()) {
          throw e;
        }
        return list(CUSTOM, "v1beta1", plural, namespace, selector);
      }
    } catch (ApiException e) {
      throw new AutoscaleMath.UnknownException(
          "unable to fetch metrics from custom metrics API: " + e.getMessage());
    }
  }

  private List<ObjectNode> list(
      String group, String version, String plural, String namespace, String selector) {
    Resource<GenericKubernetesResource> values =
        Resource.generic(group, version, "MetricValue", plural, true);
    var those = new Cluster.ListOptions(namespace, selector, "", "", 0, "");
    return api.get().list(values, those).items().stream().map(Objects::tree).toList();
  }

  /// As text; empty when the metric has none.
  static String selector(MetricIdentifier metric) {
    return metric.getSelector() == null
        ? ""
        : LabelSelector.of(Objects.tree(metric.getSelector())).toString();
  }

  private static long milli(ObjectNode item) {
    return Quantity.parse(item.path("value").asString("0")).milliValue();
  }
}
