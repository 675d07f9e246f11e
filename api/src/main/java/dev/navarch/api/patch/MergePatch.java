package dev.navarch.api.patch;

import dev.navarch.api.ApiException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// JSON merge patch (RFC 7386): objects merge field by field, null removes, everything else
/// replaces. The document stays as it was; the answer is a new tree.
public final class MergePatch {
  private MergePatch() {}

  /// BadRequest when the patch is no object: what results would be no document.
  public static ObjectNode apply(ObjectNode document, JsonNode patch) {
    if (!(patch instanceof ObjectNode changes)) {
      throw ApiException.badRequest("Invalid JSON Patch");
    }
    return merge(document.deepCopy(), changes);
  }

  private static ObjectNode merge(ObjectNode target, ObjectNode changes) {
    changes
        .properties()
        .forEach(
            change -> {
              String field = change.getKey();
              JsonNode value = change.getValue();
              if (value.isNull()) {
                target.remove(field);
              } else if (value instanceof ObjectNode object) {
                ObjectNode inner =
                    target.get(field) instanceof ObjectNode old ? old : target.objectNode();
                target.set(field, merge(inner, object));
              } else {
                target.set(field, value.deepCopy());
              }
            });
    return target;
  }
}
