package dev.navarch.apiserver.discovery;

import dev.navarch.apiserver.discovery.ApiGroups.GroupVersion;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Turns what another server says that it serves, an `APIResourceList`, into the form of aggregated
/// discovery, where subresources stand below their resource.
final class RemoteResources {
  private RemoteResources() {}

  static void aggregate(ArrayNode target, GroupVersion version, JsonNode list) {
    for (JsonNode resource : list.path("resources")) {
      String name = resource.path("name").asString("");
      if (name.indexOf('/') < 0) {
        aggregate(target.addObject(), version, resource, list);
      }
    }
  }

  private static void aggregate(
      ObjectNode target, GroupVersion version, JsonNode resource, JsonNode list) {
    String name = resource.path("name").asString("");
    target.put("resource", name);
    kind(target, version, resource);
    target
        .put("scope", resource.path("namespaced").asBoolean(false) ? "Namespaced" : "Cluster")
        .put("singularResource", resource.path("singularName").asString(""));
    copy(resource, target, "verbs");
    copy(resource, target, "shortNames");
    copy(resource, target, "categories");
    ArrayNode subresources = target.arrayNode();
    for (JsonNode other : list.path("resources")) {
      String path = other.path("name").asString("");
      if (path.startsWith(name + "/")) {
        ObjectNode sub =
            subresources.addObject().put("subresource", path.substring(name.length() + 1));
        kind(sub, version, other);
        copy(other, sub, "verbs");
      }
    }
    if (!subresources.isEmpty()) {
      target.set("subresources", subresources);
    }
  }

  private static void kind(ObjectNode target, GroupVersion version, JsonNode resource) {
    target
        .putObject("responseKind")
        .put("group", resource.path("group").asString(version.group()))
        .put("version", resource.path("version").asString(version.version()))
        .put("kind", resource.path("kind").asString(""));
  }

  private static void copy(JsonNode from, ObjectNode to, String field) {
    if (from.path(field).isArray()) {
      to.set(field, from.path(field).deepCopy());
    }
  }
}
