package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Namespaces: active until deleted, then held back by a finalizer until they are empty.
final class Namespaces implements KindRules {
  private static final String NAME_LABEL = "kubernetes.io/metadata.name";
  private static final String FINALIZER = "kubernetes";

  @Override
  public void setDefaults(ObjectNode namespace) {
    String name = namespace.at("/metadata/name").asString("");
    if (!name.isEmpty()) {
      ObjectNode labels = Defaults.object(Defaults.object(namespace, "metadata"), "labels");
      labels.put(NAME_LABEL, name);
    }
  }

  @Override
  public void prepareForCreate(ObjectNode namespace) {
    setDefaults(namespace);
    namespace.putObject("status").put("phase", "Active");
    ArrayNode finalizers = Defaults.object(namespace, "spec").withArray("finalizers");
    if (finalizers.valueStream().noneMatch(f -> f.asString("").equals(FINALIZER))) {
      finalizers.add(FINALIZER);
    }
  }

  /// Finalizers go only through the subresource `finalize`.
  @Override
  public void prepareForUpdate(ObjectNode namespace, ObjectNode old) {
    if (old.path("spec") instanceof ObjectNode spec) {
      namespace.set("spec", spec.deepCopy());
    }
  }

  @Override
  public void validatePartUpdate(
      String part, ObjectNode namespace, ObjectNode old, Consumer<FieldError> errors) {
    for (Place finalizer : Place.root(namespace, errors).at("spec", "finalizers").items()) {
      finalizer.names(NameChecks.qualifiedName(finalizer.text()));
      if (!finalizer.text().contains("/") && !finalizer.text().equals(FINALIZER)) {
        finalizer.invalid("name is neither a standard finalizer name nor is it fully qualified");
      }
    }
  }

  @Override
  public void validateStatusUpdate(
      ObjectNode namespace, ObjectNode old, Consumer<FieldError> errors) {
    Place phase = Place.root(namespace, errors).at("status", "phase");
    boolean deleting = !namespace.at("/metadata/deletionTimestamp").asString("").isEmpty();
    if (deleting && !phase.text().equals("Terminating")) {
      phase.invalidText(
          phase.text(), "may only be 'Terminating' if `deletionTimestamp` is not empty");
    } else if (!deleting && !phase.text().equals("Active")) {
      phase.invalidText(phase.text(), "may only be 'Active' if `deletionTimestamp` is empty");
    }
  }

  @Override
  public NameRule nameRule() {
    return NameRule.DNS_LABEL;
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    return Map.of("status.phase", Fields.text("/status/phase"));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Status", "Active, or on its way out.", "/status/phase", ""),
        Column.AGE);
  }
}
