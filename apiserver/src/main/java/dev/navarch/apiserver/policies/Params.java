package dev.navarch.apiserver.policies;

import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.selectors.LabelSelector;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.Snapshot;
import dev.navarch.apiserver.cache.StorageKeys;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Finds the objects that a binding hands to its policy as `params`.
record Params(Caches caches, Kinds kinds) {

  /// A binding whose parameters cannot be had.
  static final class NotFound extends Exception {
    private static final long serialVersionUID = 1;

    NotFound(String message) {
      super(message, null, false, false);
    }

    @Override
    public String getMessage() {
      return java.util.Objects.requireNonNull(super.getMessage());
    }
  }

  /// @param namespace of the request; empty for what belongs to the whole cluster
  /// @return empty when there are none and that is all right
  /// @throws NotFound when there are none, and the binding says that this refuses the request
  List<ObjectNode> find(JsonNode paramKind, JsonNode ref, String namespace) throws NotFound {
    Kind kind =
        kinds
            .byKind(paramKind.path("apiVersion").asString(""), paramKind.path("kind").asString(""))
            .orElseThrow(
                () ->
                    new NotFound(
                        "failed to find resource referenced by paramKind: '%s, Kind=%s'"
                            .formatted(
                                paramKind.path("apiVersion").asString(""),
                                paramKind.path("kind").asString(""))));
    String in = ref.path("namespace").asString("");
    if (!kind.namespaced() && !in.isEmpty()) {
      throw new NotFound(
          "paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
    }
    if (kind.namespaced() && in.isEmpty()) {
      if (namespace.isEmpty()) {
        throw new NotFound(
            "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
      }
      in = namespace;
    }
    List<ObjectNode> found = found(kind, ref, in);
    if (found.isEmpty() && ref.path("parameterNotFoundAction").asString("").equals("Deny")) {
      throw new NotFound("no params found for policy binding with `Deny` parameterNotFoundAction");
    }
    return found;
  }

  private List<ObjectNode> found(Kind kind, JsonNode ref, String namespace) {
    String name = ref.path("name").asString("");
    if (!name.isEmpty()) {
      return caches.of(kind).get(StorageKeys.key(kind, namespace, name)).stream()
          .map(CacheEntry::json)
          .map(Json::parse)
          .toList();
    }
    LabelSelector selector = LabelSelector.of(ref.path("selector"));
    String prefix = StorageKeys.prefix(kind, namespace);
    Snapshot.Listing entries =
        caches
            .of(kind)
            .snapshot()
            .list(prefix, StorageKeys.end(prefix), entry -> selector.matches(entry.labels()), 0);
    List<ObjectNode> all = new ArrayList<>();
    entries.forEachRemaining(entry -> all.add(Json.parse(entry.json())));
    return all;
  }
}
