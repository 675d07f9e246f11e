package dev.navarch.apiserver.registry;

import dev.navarch.api.Json;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Horizontal pod autoscalers of `autoscaling/v1`, stored as v2. Version 1 knows one metric, the
/// share of the requested CPU; what else a v2 object asks for travels in an annotation, so that a
/// v1 client that reads and writes loses nothing.
final class AutoscalerVersions implements Versions.Conversion {
  /// Always printed by the older version, only above zero by the newer.
  private static final String REPLICAS = "currentReplicas";

  private static final String SPEC = "autoscaling.alpha.kubernetes.io/metrics";
  private static final String STATUS = "autoscaling.alpha.kubernetes.io/current-metrics";
  private static final String CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";
  private static final String BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";

  @Override
  public ObjectNode toStored(ObjectNode object) {
    ObjectNode spec = part(object, "spec");
    ArrayNode metrics = taken(object, SPEC, object.arrayNode());
    JsonNode target = spec.remove("targetCPUUtilizationPercentage");
    if (target != null) {
      cpu(metrics.insertObject(0), "target")
          .put("type", "Utilization")
          .set("averageUtilization", target);
    }
    if (!metrics.isEmpty()) {
      spec.set("metrics", metrics);
    }
    restore(object, BEHAVIOR, spec, "behavior");
    if (object.get("status") instanceof ObjectNode status) {
      if (status.path(REPLICAS).asInt(0) == 0) {
        status.remove(REPLICAS);
      }
      ArrayNode current = taken(object, STATUS, object.arrayNode());
      JsonNode now = status.remove("currentCPUUtilizationPercentage");
      if (now != null) {
        cpu(current.insertObject(0), "current").set("averageUtilization", now);
      }
      if (!current.isEmpty()) {
        status.set("currentMetrics", current);
      }
      restore(object, CONDITIONS, status, "conditions");
    }
    return object;
  }

  @Override
  public ObjectNode shown(ObjectNode stored) {
    ObjectNode spec = part(stored, "spec");
    JsonNode target = split(stored, spec, "metrics", "target", SPEC);
    if (target.isNumber()) {
      spec.set("targetCPUUtilizationPercentage", target);
    }
    keep(stored, BEHAVIOR, spec.remove("behavior"));
    if (stored.get("status") instanceof ObjectNode status) {
      status.put(REPLICAS, status.path(REPLICAS).asInt(0));
      JsonNode current = split(stored, status, "currentMetrics", "current", STATUS);
      if (current.isNumber()) {
        status.set("currentCPUUtilizationPercentage", current);
      }
      keep(stored, CONDITIONS, status.remove("conditions"));
    }
    return stored;
  }

  /// Takes the CPU metric's value out of a list, and puts the others into an annotation.
  private static JsonNode split(
      ObjectNode object, ObjectNode part, String list, String side, String annotation) {
    JsonNode found = part.path("none");
    ArrayNode others = object.arrayNode();
    JsonNode metrics = part.remove(list);
    if (metrics != null) {
      for (JsonNode metric : metrics) {
        JsonNode resource = metric.path("resource");
        JsonNode value = resource.path(side).path("averageUtilization");
        if (found.isMissingNode()
            && resource.path("name").asString("").equals("cpu")
            && value.isNumber()) {
          found = value;
        } else {
          others.add(metric);
        }
      }
    }
    keep(object, annotation, others.isEmpty() ? null : others);
    return found;
  }

  private static ObjectNode cpu(ObjectNode metric, String side) {
    return metric.put("type", "Resource").putObject("resource").put("name", "cpu").putObject(side);
  }

  private static ObjectNode part(ObjectNode object, String name) {
    return object.get(name) instanceof ObjectNode there ? there : object.putObject(name);
  }

  private static void keep(ObjectNode object, String annotation, @Nullable JsonNode value) {
    if (value != null) {
      part(Metadata.of(object).fields(), "annotations").put(annotation, value.toString());
    }
  }

  private static void restore(ObjectNode object, String annotation, ObjectNode to, String field) {
    JsonNode kept = taken(object, annotation, object.path("none"));
    if (!kept.isMissingNode()) {
      to.set(field, kept);
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends JsonNode> T taken(ObjectNode object, String annotation, T otherwise) {
    if (!(Metadata.of(object).fields().get("annotations") instanceof ObjectNode annotations)) {
      return otherwise;
    }
    JsonNode value = annotations.remove(annotation);
    if (annotations.isEmpty()) {
      Metadata.of(object).fields().remove("annotations");
    }
    return value == null
        ? otherwise
        : (T) Json.parseAny(value.asString("").getBytes(StandardCharsets.UTF_8));
  }
}
