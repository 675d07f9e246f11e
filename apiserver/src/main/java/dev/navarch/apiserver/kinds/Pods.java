package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Pods: their defaults, their life from Pending, and the few things about a running one that may
/// still change.
final class Pods implements KindRules {

  @Override
  public void setDefaults(ObjectNode pod) {
    ObjectNode spec = Defaults.object(pod, "spec");
    PodSpecs.setDefaults(spec);
    Defaults.put(spec, "enableServiceLinks", true);
    boolean hostNetwork = spec.path("hostNetwork").asBoolean(false);
    for (ObjectNode container : Resources.containers(spec)) {
      Resources.setRequestsFromLimits(container);
      if (hostNetwork) {
        objects(container.path("ports"))
            .forEach(
                port -> Defaults.putNonZero(port, "hostPort", port.path("containerPort").asInt(0)));
      }
    }
    WholePods.setDefaults(spec);
  }

  @Override
  public void prepareForCreate(ObjectNode pod) {
    ObjectNode status = pod.putObject("status");
    status.put("phase", "Pending");
    status.put("qosClass", QosClasses.of(pod.path("spec")));
    if (!pod.path("spec").path("schedulingGates").isEmpty()) {
      ObjectNode scheduled = status.putArray("conditions").addObject();
      scheduled.put("type", "PodScheduled");
      scheduled.put("status", "False");
      scheduled.put("reason", "SchedulingGated");
      scheduled.put("message", "Scheduling is blocked due to non-empty scheduling gates");
    }
  }

  @Override
  public void validate(ObjectNode pod, Consumer<FieldError> errors) {
    Place spec = Place.root(pod, errors).at("spec");
    PodSpecs.validate(spec);
    if (!spec.at("nodeName").isEmpty() && !spec.at("schedulingGates").isEmpty()) {
      spec.at("nodeName").forbidden("cannot be set until all schedulingGates have been cleared");
    }
    boolean isNew = pod.at("/metadata/resourceVersion").isMissingNode();
    if (isNew && !spec.at("ephemeralContainers").isEmpty()) {
      spec.at("ephemeralContainers").forbidden("cannot be set on create");
    }
  }

  @Override
  public void validatePartUpdate(
      String part, ObjectNode pod, ObjectNode old, Consumer<FieldError> errors) {
    validate(pod, errors);
    Place root = Place.root(pod, errors);
    switch (part) {
      case "ephemeralcontainers" -> EphemeralContainers.validateUpdate(root, old);
      case "resize" -> PodResizes.validate(root, old);
      default -> {}
    }
  }

  @Override
  public void prepareForStatusUpdate(ObjectNode pod, ObjectNode old) {
    if (old.at("/status").has("qosClass")) {
      Defaults.put(Defaults.object(pod, "status"), "qosClass", old.at("/status/qosClass"));
    }
  }

  @Override
  public void validateStatusUpdate(ObjectNode pod, ObjectNode old, Consumer<FieldError> errors) {
    PodStatuses.validateUpdate(Place.root(pod, errors), old);
  }

  @Override
  public void validateUpdate(ObjectNode pod, ObjectNode old, Consumer<FieldError> errors) {
    PodUpdates.validate(Place.root(pod, errors), old);
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    return Map.of(
        "spec.nodeName", Fields.text("/spec/nodeName"),
        "spec.restartPolicy", Fields.text("/spec/restartPolicy"),
        "spec.schedulerName", Fields.text("/spec/schedulerName"),
        "spec.serviceAccountName", Fields.text("/spec/serviceAccountName"),
        "spec.hostNetwork", Fields.flag("/spec/hostNetwork"),
        "status.phase", Fields.text("/status/phase"),
        "status.podIP", Fields.text("/status/podIP"),
        "status.nominatedNodeName", Fields.text("/status/nominatedNodeName"));
  }

  @Override
  public @Nullable Long gracePeriod(ObjectNode pod) {
    boolean nowhere = pod.at("/spec/nodeName").asString("").isEmpty();
    boolean over =
        Stream.of("Succeeded", "Failed").anyMatch(pod.at("/status/phase").asString("")::equals);
    if (nowhere || over) {
      return 0L;
    }
    return pod.at("/spec/terminationGracePeriodSeconds").asLong(30);
  }

  @Override
  public List<Column> columns() {
    return PodColumns.ALL;
  }
}
