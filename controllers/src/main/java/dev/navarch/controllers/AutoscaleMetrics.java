package dev.navarch.controllers;

import dev.navarch.api.Quantity.Format;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.ContainerResourceMetricSource;
import io.fabric8.kubernetes.api.model.autoscaling.v2.ExternalMetricSource;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricIdentifier;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatusBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricTarget;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricValueStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricValueStatusBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.ObjectMetricSource;
import io.fabric8.kubernetes.api.model.autoscaling.v2.PodsMetricSource;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What each metric of an autoscaler asks for.
record AutoscaleMetrics(PodUsage usage, OtherMetrics others) {

  /// @param name how conditions and events name the metric
  record Proposal(int replicas, String name, MetricStatus status) {}

  /// What is scaled.
  ///
  /// @param current how many pods it should have
  /// @param reported how many it has
  record Scaled(
      String namespace, String selector, List<Pod> pods, int current, int reported, Instant now) {}

  /// Why a metric asks for nothing, with the reason of the condition.
  static final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    final String reason;

    FailedException(String reason, String message) {
      super(message);
      this.reason = reason;
    }
  }

  Proposal propose(MetricSpec metric, Scaled scaled) {
    return switch (metric.getType()) {
      case "Resource" -> {
        String name = metric.getResource().getName();
        var result = resource(name, "", metric.getResource().getTarget(), scaled);
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
        var result = resource(source.getName(), source.getContainer(), source.getTarget(), scaled);
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
      case "Pods" -> pods(metric.getPods(), scaled);
      case "Object" -> object(metric.getObject(), scaled);
      case "External" -> external(metric.getExternal(), scaled);
      default ->
          throw new FailedException(
              "InvalidMetricSourceType", "unknown metric source type " + metric.getType());
    };
  }

  private Proposal pods(PodsMetricSource source, Scaled scaled) {
    MetricIdentifier metric = source.getMetric();
    var wish = new AutoscaleMath.Wish("", "", null, milli(source.getTarget().getAverageValue()));
    AutoscaleMath.Result result;
    try {
      var used = others.ofPods(scaled.namespace, scaled.selector, metric);
      result = new AutoscaleMath(wish, scaled.pods, used, scaled.now).replicas(scaled.current);
    } catch (AutoscaleMath.UnknownException e) {
      throw new FailedException(
          "FailedGetPodsMetric",
          "failed to get pods metric value: unable to get metric %s: %s"
              .formatted(metric.getName(), e.getMessage()));
    }
    return new Proposal(
        result.replicas(),
        "pods metric " + metric.getName(),
        new MetricStatusBuilder()
            .withType("Pods")
            .withNewPods()
            .withMetric(metric)
            .withNewCurrent()
            .withAverageValue(quantity(result.average()))
            .endCurrent()
            .endPods()
            .build());
  }

  private Proposal object(ObjectMetricSource source, Scaled scaled) {
    MetricIdentifier metric = source.getMetric();
    long value;
    try {
      value = others.ofObject(scaled.namespace, source.getDescribedObject(), metric);
    } catch (AutoscaleMath.UnknownException e) {
      throw new FailedException(
          "FailedGetObjectMetric",
          "failed to get object metric value: unable to get metric %s: %s on %s %s/%s"
              .formatted(
                  metric.getName(),
                  e.getMessage(),
                  source.getDescribedObject().getKind(),
                  scaled.namespace,
                  source.getDescribedObject().getName()));
    }
    return new Proposal(
        replicas(value, source.getTarget(), scaled),
        source.getDescribedObject().getKind() + " metric " + metric.getName(),
        new MetricStatusBuilder()
            .withType("Object")
            .withNewObject()
            .withDescribedObject(source.getDescribedObject())
            .withMetric(metric)
            .withCurrent(value(value, source.getTarget(), scaled))
            .endObject()
            .build());
  }

  private Proposal external(ExternalMetricSource source, Scaled scaled) {
    MetricIdentifier metric = source.getMetric();
    String name = "%s(%s)".formatted(metric.getName(), OtherMetrics.selector(metric));
    long value;
    try {
      value = others.external(scaled.namespace, metric);
    } catch (AutoscaleMath.UnknownException e) {
      throw new FailedException(
          "FailedGetExternalMetric",
          "failed to get %s external metric value: unable to get external metric %s/%s: %s"
              .formatted(metric.getName(), scaled.namespace, name, e.getMessage()));
    }
    return new Proposal(
        replicas(value, source.getTarget(), scaled),
        "external metric " + name,
        new MetricStatusBuilder()
            .withType("External")
            .withNewExternal()
            .withMetric(metric)
            .withCurrent(value(value, source.getTarget(), scaled))
            .endExternal()
            .build());
  }

  /// For one value that belongs to all pods together.
  private static int replicas(long value, MetricTarget target, Scaled scaled) {
    return target.getAverageValue() == null
        ? AutoscaleMath.replicas(value, milli(target.getValue()), scaled.current, scaled.pods)
        : AutoscaleMath.share(value, milli(target.getAverageValue()), scaled.reported);
  }

  private static MetricValueStatus value(long value, MetricTarget target, Scaled scaled) {
    return target.getAverageValue() == null
        ? new MetricValueStatusBuilder().withValue(quantity(value)).build()
        : new MetricValueStatusBuilder()
            .withAverageValue(quantity(Math.ceilDiv(value, Math.max(1, scaled.reported))))
            .build();
  }

  private AutoscaleMath.Result resource(
      String name, String container, MetricTarget target, Scaled scaled) {
    boolean ofContainer = !container.isEmpty();
    var wish =
        new AutoscaleMath.Wish(
            name,
            container,
            target.getAverageValue() == null ? target.getAverageUtilization() : null,
            target.getAverageValue() == null ? 0 : milli(target.getAverageValue()));
    try {
      var used = usage.of(scaled.namespace, scaled.selector, name, container);
      return new AutoscaleMath(wish, scaled.pods, used, scaled.now).replicas(scaled.current);
    } catch (AutoscaleMath.UnknownException e) {
      String what = wish.utilization() == null ? "resource metric value" : "utilization";
      throw new FailedException(
          ofContainer ? "FailedGetContainerResourceMetric" : "FailedGetResourceMetric",
          "failed to get %s %s: unable to get metrics for resource %s: %s"
              .formatted(name, what, name, e.getMessage()));
    }
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

  private static Quantity quantity(long milli) {
    return Quantity.parse(dev.navarch.api.Quantity.ofMilli(milli).toString());
  }

  private static long milli(@Nullable Quantity amount) {
    return amount == null ? 0 : dev.navarch.api.Quantity.parse(amount.toString()).milliValue();
  }
}
