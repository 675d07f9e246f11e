package dev.navarch.api.apply;

import dev.navarch.api.Json;
import tools.jackson.databind.node.ObjectNode;

/// A manager as conflicts and entries tell it from others. Who applies is the same in whichever
/// version; who updates is one for each version.
///
/// @param version empty for who applies
record Owner(String manager, boolean applies, String version, String subresource) {

  static Owner updating(Writer writer, String apiVersion) {
    return new Owner(writer.manager(), false, apiVersion, writer.subresource());
  }

  static Owner applying(Writer writer) {
    return new Owner(writer.manager(), true, "", writer.subresource());
  }

  String operation() {
    return applies ? "Apply" : "Update";
  }

  /// What owners are sorted by where upstream sorts them by their identity.
  String identity() {
    ObjectNode json = Json.object().put("manager", manager).put("operation", operation());
    if (!version.isEmpty()) {
      json.put("apiVersion", version);
    }
    if (!subresource.isEmpty()) {
      json.put("subresource", subresource);
    }
    return Json.text(json);
  }

  /// `"kubectl-client-side-apply" using apps/v1`
  @Override
  public String toString() {
    return "\""
        + manager
        + "\""
        + (subresource.isEmpty() ? "" : " with subresource \"" + subresource + "\"")
        + (applies ? "" : " using " + version);
  }
}
