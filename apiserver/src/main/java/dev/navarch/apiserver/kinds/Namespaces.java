package dev.navarch.apiserver.kinds;

import java.util.List;
import java.util.Map;
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
