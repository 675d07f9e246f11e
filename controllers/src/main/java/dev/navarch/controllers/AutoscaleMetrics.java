package dev.navarch.controllers;

import dev.navarch.api.Quantity.Format;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.ContainerResourceMetricSource;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatusBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricTarget;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricValueStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricValueStatusBuilder;
import java.time.Instant;
import java.util.List;

/// What each metric of an autoscaler asks for.
record AutoscaleMetrics(PodUsage usage) {

  /// @param name how conditions and events name the metric
  record Proposal(int replicas, String name, MetricStatus status) {}

  /// Why a metric asks for nothing, with the reason of the condition.
  static final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    final String reason;

    FailedException(String reason, String message) {
      super(message);
      this.reason = reason;
    }
  }

  Proposal propose(
      MetricSpec metric,
      String namespace,
      String selector,
      List<Pod> pods,
      int current,
      Instant now) {
    return switch (metric.getType()) {
      case "Resource" -> {
        String name = metric.getResource().getName();
        var result =
            resource(
                name,
                "",
                metric.getResource().getTarget(),
                namespace,
                selector,
                pods,
                current,
                now);
        yield new Proposal(
            result.replicas(),
            described(name + " resource", result),
            new MetricStatusBuilder()
                .withType("Resource")
                .withNewResource()
                .withName(name)
                .withCurrent(value(name, result))
                .endResource()
                .build());
      }
      case "ContainerResource" -> {
        ContainerResourceMetricSource source = metric.getContainerResource();
        var result =
            resource(
                source.getName(),
                source.getContainer(),
                source.getTarget(),
                namespace,
                selector,
                pods,
                current,
                now);
        yield new Proposal(
            result.replicas(),
            described(source.getName() + " container resource", result),
            new MetricStatusBuilder()
                .withType("ContainerResource")
                .withNewContainerResource()
                .withContainer(source.getContainer())
                .withName(source.getName())
                .withCurrent(value(source.getName(), result))
                .endContainerResource()
                .build());
      }
      case "Object" -> throw unserved("Object", "custom.metrics.k8s.io");
      case "Pods" -> throw unserved("Pods", "custom.metrics.k8s.io");
      case "External" -> throw unserved("External", "external.metrics.k8s.io");
      default ->
          throw new FailedException(
              "InvalidMetricSourceType", "unknown metric source type " + metric.getType());
    };
  }

  private AutoscaleMath.Result resource(
      String name,
      String container,
      MetricTarget target,
      String namespace,
      String selector,
      List<Pod> pods,
      int current,
      Instant now) {
    boolean ofContainer = !container.isEmpty();
    var wish =
        new AutoscaleMath.Wish(
            name,
            container,
            target.getAverageValue() == null ? target.getAverageUtilization() : null,
            target.getAverageValue() == null
                ? 0
                : dev.navarch.api.Quantity.parse(target.getAverageValue().toString()).milliValue());
    try {
      return new AutoscaleMath(wish, pods, usage.of(namespace, selector, name, container), now)
          .replicas(current);
    } catch (AutoscaleMath.UnknownException e) {
      String what = wish.utilization() == null ? "resource metric value" : "utilization";
      throw new FailedException(
          ofContainer ? "FailedGetContainerResourceMetric" : "FailedGetResourceMetric",
          "failed to get %s %s: unable to get metrics for resource %s: %s"
              .formatted(name, what, name, e.getMessage()));
    }
  }

  private static FailedException unserved(String type, String api) {
    return new FailedException(
        "FailedGet" + type + "Metric",
        "metrics of type %s need the API %s, from which Navarch does not read yet"
            .formatted(type, api));
  }

  private static String described(String what, AutoscaleMath.Result result) {
    return result.utilization() == null ? what : what + " utilization (percentage of request)";
  }

  private static MetricValueStatus value(String resource, AutoscaleMath.Result result) {
    var amount =
        resource.equals("cpu")
            ? dev.navarch.api.Quantity.ofMilli(result.average())
            : dev.navarch.api.Quantity.of(result.average() / 1000, Format.DECIMAL);
    return new MetricValueStatusBuilder()
        .withAverageUtilization(result.utilization())
        .withAverageValue(Quantity.parse(amount.toString()))
        .build();
  }
}
