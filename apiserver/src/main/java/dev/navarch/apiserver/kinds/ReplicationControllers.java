package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// ReplicationControllers: the older form of replica sets, with a plain map as selector that
/// defaults to the template's labels.
final class ReplicationControllers implements KindRules {

  @Override
  public void setDefaults(ObjectNode controller) {
    ObjectNode spec = Defaults.object(controller, "spec");
    Templates.setDefaults(spec);
    Defaults.put(spec, "replicas", 1);
    JsonNode labels = spec.at("/template/metadata/labels");
    if (labels.isObject() && !labels.isEmpty()) {
      Defaults.put(spec, "selector", labels.deepCopy());
      Defaults.put(Defaults.object(controller, "metadata"), "labels", labels.deepCopy());
    }
  }

  @Override
  public void validate(ObjectNode controller, Consumer<FieldError> errors) {
    Place spec = Place.root(controller, errors).at("spec");
    spec.at("replicas").atLeast(0);
    spec.at("minReadySeconds").atLeast(0);
    Place template = spec.at("template");
    if (spec.at("selector").present() && template.present()) {
      Templates.validatePods(template);
      Place policy = template.at("spec", "restartPolicy");
      if (!policy.text().equals("Always")) {
        policy.notSupported(List.of("Always"));
      }
      Place labels = template.at("metadata", "labels");
      if (!LabelSelectors.containsAll(labels.node(), spec.at("selector").node())) {
        Templates.mismatch(labels);
      }
    }
  }

  @Override
  public void validateStatusUpdate(
      ObjectNode controller, ObjectNode old, Consumer<FieldError> errors) {
    WorkloadStatuses.validate(
        Place.root(controller, errors),
        old,
        "replicas",
        "fullyLabeledReplicas",
        "readyReplicas",
        "availableReplicas");
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    return Map.of("status.replicas", Fields.number("/status/replicas"));
  }

  @Override
  public List<Column> columns() {
    return Columns.concat(
        ReplicaSets.counts(),
        Columns.wide(
            Columns.text(
                "Selector",
                "The labels by which the pods are found.",
                controller -> Columns.labels(controller.at("/spec/selector")))));
  }
}
