package dev.navarch.apiserver.custom;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Finds what an element of a list was before an update. Only lists whose elements have keys can
/// say; in others an element has no past.
final class Correlation {
  private Correlation() {}

  /// @param of the list's schema
  static @Nullable JsonNode element(JsonNode now, @Nullable JsonNode oldList, JsonNode of) {
    if (oldList == null || !of.path("x-kubernetes-list-type").asString("").equals("map")) {
      return null;
    }
    for (JsonNode before : oldList) {
      if (isSame(now, before, of)) {
        return before;
      }
    }
    return null;
  }

  /// Whether two elements have the same keys; a key that is left out has its default.
  static boolean isSame(JsonNode one, JsonNode other, JsonNode of) {
    for (JsonNode key : of.path("x-kubernetes-list-map-keys")) {
      String name = key.asString("");
      JsonNode byDefault = of.path("items").path("properties").path(name).path("default");
      JsonNode mine = one.has(name) ? one.path(name) : byDefault;
      JsonNode others = other.has(name) ? other.path(name) : byDefault;
      if (!mine.equals(others)) {
        return false;
      }
    }
    return true;
  }
}
