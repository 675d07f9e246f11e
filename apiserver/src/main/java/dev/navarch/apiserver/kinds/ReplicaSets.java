package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// ReplicaSets: a number of identical pods.
final class ReplicaSets implements KindRules {

  @Override
  public void setDefaults(ObjectNode set) {
    ObjectNode spec = Defaults.object(set, "spec");
    Templates.setDefaults(spec);
    Defaults.put(spec, "replicas", 1);
  }

  @Override
  public void validate(ObjectNode set, Consumer<FieldError> errors) {
    Place spec = Place.root(set, errors).at("spec");
    spec.at("replicas").atLeast(0);
    spec.at("minReadySeconds").atLeast(0);
    Templates.validateLongRunning(spec, "deployment");
  }

  @Override
  public void validateUpdate(ObjectNode set, ObjectNode old, Consumer<FieldError> errors) {
    Place.root(set, errors).at("spec", "selector").sameAs(old.at("/spec/selector"));
  }

  @Override
  public void validateStatusUpdate(ObjectNode set, ObjectNode old, Consumer<FieldError> errors) {
    WorkloadStatuses.validate(
        Place.root(set, errors),
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
    return Columns.concat(counts(), Columns.selectorColumn("/spec/selector"));
  }

  /// What replica sets and replication controllers show alike.
  static List<Column> counts() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.NAME);
    columns.add(Columns.number("Desired", "Pods that are wanted.", "/spec/replicas"));
    columns.add(Columns.number("Current", "Pods that are there.", "/status/replicas"));
    columns.add(Columns.number("Ready", "Pods that are ready.", "/status/readyReplicas"));
    columns.add(Column.AGE);
    columns.addAll(Columns.containers("/spec/template/spec"));
    return columns;
  }
}
