package dev.navarch.apiserver.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The metadata of one document, read and changed in place.
record Metadata(ObjectNode fields) {

  static Metadata of(ObjectNode object) {
    return object.get("metadata") instanceof ObjectNode fields
        ? new Metadata(fields)
        : new Metadata(object.putObject("metadata"));
  }

  String name() {
    return text("name");
  }

  String namespace() {
    return text("namespace");
  }

  String uid() {
    return text("uid");
  }

  String resourceVersion() {
    return text("resourceVersion");
  }

  String text(String field) {
    return fields.path(field).asString("");
  }

  boolean isDeleting() {
    return !text("deletionTimestamp").isEmpty();
  }

  @Nullable Long gracePeriod() {
    JsonNode seconds = fields.path("deletionGracePeriodSeconds");
    return seconds.isNumber() ? seconds.asLong() : null;
  }

  List<String> finalizers() {
    return strings(fields.path("finalizers"));
  }

  void setFinalizers(List<String> finalizers) {
    if (finalizers.isEmpty()) {
      fields.remove("finalizers");
    } else {
      finalizers.forEach(fields.putArray("finalizers")::add);
    }
  }

  long generation() {
    return fields.path("generation").asLong(0);
  }

  /// Counts one more change of what is asked for, where the kind counts them.
  void bumpGeneration() {
    if (generation() > 0) {
      fields.put("generation", generation() + 1);
    }
  }

  void set(String field, String value) {
    if (value.isEmpty()) {
      fields.remove(field);
    } else {
      fields.put(field, value);
    }
  }

  /// Takes these fields as they are in other metadata, also when they are not there.
  void take(Set<String> names, Metadata from) {
    for (String name : names) {
      JsonNode value = from.fields.get(name);
      if (value == null) {
        fields.remove(name);
      } else {
        fields.set(name, value);
      }
    }
  }

  static List<String> strings(JsonNode array) {
    List<String> values = new ArrayList<>();
    array.forEach(value -> values.add(value.asString("")));
    return values;
  }
}
