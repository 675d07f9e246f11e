package dev.navarch.apiserver.cache;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Which fields of a resource can be selected by, beyond its name and namespace; reads them and the
/// labels out of an object's JSON.
record SelectableFields(Map<String, Function<JsonNode, String>> fields) {
  private static final JsonMapper JSON = new JsonMapper();

  /// What selectors look at.
  record Facts(Map<String, String> labels, Map<String, String> fields) {}

  Facts of(byte[] json) {
    JsonNode object = JSON.readTree(json);
    JsonNode metadata = object.path("metadata");
    Map<String, String> labels = new HashMap<>();
    metadata
        .path("labels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
    Map<String, String> values = new HashMap<>();
    values.put("metadata.name", metadata.path("name").asString(""));
    values.put("metadata.namespace", metadata.path("namespace").asString(""));
    fields.forEach((name, read) -> values.put(name, read.apply(object)));
    return new Facts(Map.copyOf(labels), Map.copyOf(values));
  }
}
