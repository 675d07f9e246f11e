package dev.navarch.apiserver.registry;

import dev.navarch.api.Json;
import dev.navarch.store.Store.KeyValue;
import java.util.Comparator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Documents on their way into the store and out of it. The store's revision is an object's
/// resourceVersion, so it is never stored inside.
final class Documents {
  /// Numbers are the same when their values are: a document that came as JSON holds others than one
  /// that came as protobuf.
  private static final Comparator<JsonNode> BY_VALUE =
      (one, other) ->
          one.isNumber() && other.isNumber()
              ? one.decimalValue().compareTo(other.decimalValue())
              : one.equals(other) ? 0 : 1;

  private Documents() {}

  static ObjectNode read(KeyValue stored) {
    return withVersion(Json.parse(stored.value()), stored.modRevision());
  }

  /// What goes into the store.
  static byte[] stored(ObjectNode object) {
    Metadata metadata = Metadata.of(object);
    String version = metadata.resourceVersion();
    metadata.fields().remove("resourceVersion");
    byte[] bytes = Json.bytes(object);
    metadata.set("resourceVersion", version);
    return bytes;
  }

  static ObjectNode parse(byte[] json) {
    return Json.parse(json);
  }

  static ObjectNode withVersion(ObjectNode object, long revision) {
    Metadata.of(object).set("resourceVersion", Long.toString(revision));
    return object;
  }

  static boolean same(JsonNode one, JsonNode other) {
    return one.equals(BY_VALUE, other);
  }
}
