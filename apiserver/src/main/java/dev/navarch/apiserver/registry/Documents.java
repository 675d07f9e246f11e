package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.store.Store.KeyValue;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Documents on their way into the store and out of it. The store's revision is an object's
/// resourceVersion, so it is never stored inside.
final class Documents {
  private static final int MAX_BYTES = 3 << 19;
  private static final List<String> FIRST = List.of("apiVersion", "kind", "metadata");

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
  ///
  /// @throws ApiException Internal for what is too large, in the words of etcd, which has this
  ///   limit
  static byte[] stored(ObjectNode object) {
    Metadata metadata = Metadata.of(object);
    String version = metadata.resourceVersion();
    metadata.fields().remove("resourceVersion");
    byte[] bytes = Json.bytes(object);
    metadata.set("resourceVersion", version);
    if (bytes.length > MAX_BYTES) {
      throw new ApiException(new ApiError.Internal("etcdserver: request is too large"));
    }
    return bytes;
  }

  static ObjectNode withVersion(ObjectNode object, long revision) {
    Metadata.of(object).set("resourceVersion", Long.toString(revision));
    return object;
  }

  /// Says what kind the object is, and puts that and its metadata first: for people, and because
  /// what is looked for there is then found at once.
  static void name(ObjectNode object, Kind kind) {
    if (isInOrder(object)) {
      object.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
      return;
    }
    ObjectNode rest = object.objectNode().setAll(object);
    rest.remove(FIRST);
    ObjectNode metadata = Metadata.of(object).fields();
    object.removeAll();
    object.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
    object.set("metadata", metadata);
    object.setAll(rest);
  }

  private static boolean isInOrder(ObjectNode object) {
    Iterator<String> names = object.propertyNames().iterator();
    for (String first : FIRST) {
      if (!names.hasNext() || !names.next().equals(first)) {
        return false;
      }
    }
    return true;
  }

  static boolean same(JsonNode one, JsonNode other) {
    return one.equals(BY_VALUE, other);
  }
}
