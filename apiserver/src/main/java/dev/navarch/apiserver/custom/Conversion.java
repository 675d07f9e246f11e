package dev.navarch.apiserver.custom;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Turns objects of one version of a custom resource into another version.
interface Conversion {
  /// Versions differ by their name alone.
  Conversion NONE =
      (objects, apiVersion) ->
          objects.stream().map(object -> object.deepCopy().put("apiVersion", apiVersion)).toList();

  /// @param apiVersion what the objects shall become
  /// @return as many objects, in the same order; the given ones stay as they are
  List<ObjectNode> convert(List<ObjectNode> objects, String apiVersion);
}
