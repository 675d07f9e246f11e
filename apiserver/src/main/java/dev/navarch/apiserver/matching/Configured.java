package dev.navarch.apiserver.matching;

import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.Snapshot;
import dev.navarch.apiserver.cache.StorageKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/// All objects of a kind in the form in which requests use them: read out of the watch cache, each
/// compiled by the first request that meets it and kept as long as it stays unchanged. With none
/// configured a look costs nothing.
///
/// @param compile must not fail: what cannot be used becomes a form that says so
public record Configured<T>(
    Caches caches, Kind kind, Class<T> form, Function<ObjectNode, T> compile) {

  /// In the order of their names.
  public List<T> all() {
    Snapshot snapshot = caches.of(kind).snapshot();
    String prefix = StorageKeys.prefix(kind, "");
    Snapshot.Listing entries = snapshot.list(prefix, StorageKeys.end(prefix), entry -> true, 0);
    if (!entries.hasNext()) {
      return List.of();
    }
    List<T> all = new ArrayList<>();
    while (entries.hasNext()) {
      all.add(entries.next().typed(form, bytes -> compile.apply(Json.parse(bytes))));
    }
    return all;
  }
}
