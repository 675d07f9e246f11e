package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// HorizontalPodAutoscalers: bounds for a workload's replicas, and the metrics that move it.
final class HorizontalPodAutoscalers implements KindRules {

  @Override
  public void setDefaults(ObjectNode autoscaler) {
    ObjectNode spec = Defaults.object(autoscaler, "spec");
    Defaults.put(spec, "minReplicas", 1);
    boolean old = autoscaler.path("apiVersion").asString("").equals("autoscaling/v1");
    if (!old && spec.path("metrics").isEmpty()) {
      ObjectNode metric = spec.putArray("metrics").addObject();
      metric.put("type", "Resource");
      ObjectNode resource = metric.putObject("resource");
      resource.put("name", "cpu");
      resource.putObject("target").put("type", "Utilization").put("averageUtilization", 80);
    }
    Defaults.ifObject(spec, "behavior").ifPresent(HpaMetrics::setDefaults);
  }

  @Override
  public void validate(ObjectNode autoscaler, Consumer<FieldError> errors) {
    Place spec = Place.root(autoscaler, errors).at("spec");
    Place least = spec.at("minReplicas");
    Place most = spec.at("maxReplicas");
    least.atLeast(1);
    if (most.number(0) < 1) {
      most.invalid("must be greater than 0");
    }
    if (least.isSet() && most.number(0) < least.number(0)) {
      most.invalid("must be greater than or equal to `minReplicas`");
    }
    spec.at("scaleTargetRef", "kind").present();
    spec.at("scaleTargetRef", "name").present();
    HpaMetrics.validate(spec);
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text(
            "Reference",
            "What it scales.",
            a ->
                a.at("/spec/scaleTargetRef/kind").asString("")
                    + "/"
                    + a.at("/spec/scaleTargetRef/name").asString("")),
        Columns.text(
            "Targets", "Each metric, now and as wanted.", HorizontalPodAutoscalers::targets),
        Columns.text("MinPods", "The fewest pods.", "/spec/minReplicas", Columns.UNSET),
        Columns.number("MaxPods", "The most pods.", "/spec/maxReplicas"),
        Columns.number("Replicas", "Pods now.", "/status/currentReplicas"),
        Column.AGE);
  }

  private static String targets(ObjectNode autoscaler) {
    JsonNode single = autoscaler.at("/spec/targetCPUUtilizationPercentage");
    if (single.isNumber()) {
      JsonNode now = autoscaler.at("/status/currentCPUUtilizationPercentage");
      return "cpu: %s/%d%%".formatted(percent(now), single.asLong(0));
    }
    List<String> all = new ArrayList<>();
    for (JsonNode metric : autoscaler.at("/spec/metrics")) {
      all.add(target(metric, autoscaler.at("/status/currentMetrics").path(all.size())));
    }
    if (all.size() > 2) {
      return String.join(", ", all.subList(0, 2)) + " + " + (all.size() - 2) + " more...";
    }
    return Columns.orNone(String.join(", ", all));
  }

  private static String target(JsonNode metric, JsonNode current) {
    String kind = metric.path("type").asString("");
    String field =
        kind.isEmpty() ? "" : kind.substring(0, 1).toLowerCase(Locale.ROOT) + kind.substring(1);
    JsonNode wanted = metric.path(field).path("target");
    JsonNode now = current.path(field).path("current");
    String prefix =
        kind.endsWith("Resource") ? metric.path(field).path("name").asString("") + ": " : "";
    JsonNode share = wanted.path("averageUtilization");
    if (share.isNumber()) {
      return prefix + percent(now.path("averageUtilization")) + "/" + share.asLong(0) + "%";
    }
    String amount = wanted.has("averageValue") ? "averageValue" : "value";
    String suffix =
        amount.equals("averageValue") && !kind.equals("Pods") && !kind.endsWith("Resource")
            ? " (avg)"
            : "";
    return prefix
        + now.path(amount).asString("<unknown>")
        + "/"
        + wanted.path(amount).asString("")
        + suffix;
  }

  private static String percent(JsonNode number) {
    return number.isNumber() ? number.asLong(0) + "%" : "<unknown>";
  }
}
