package dev.navarch.apiserver.cache;

import dev.navarch.api.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/// Which fields of a resource can be selected by, beyond its name and namespace; reads them and the
/// labels out of an object's JSON.
///
/// @param shown makes of an object's stored bytes the ones that clients see: nearly always the same
record SelectableFields(
    Map<String, Function<JsonNode, String>> fields, UnaryOperator<byte[]> shown) {
  SelectableFields(Map<String, Function<JsonNode, String>> fields) {
    this(fields, UnaryOperator.identity());
  }

  /// What selectors look at.
  record Facts(Map<String, String> labels, Map<String, String> fields) {}

  Facts of(byte[] json) {
    JsonNode object = Json.parseAny(json);
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
