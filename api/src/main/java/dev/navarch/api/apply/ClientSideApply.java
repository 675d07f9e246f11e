package dev.navarch.api.apply;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;

/// The way over from kubectl's own apply, which remembers in an annotation what it applied last.
/// When `kubectl apply --server-side` meets such an object, what the annotation says and the object
/// still shows is kubectl's own, whoever else wrote it; and the annotation follows, so that the way
/// back stays open.
final class ClientSideApply {
  private static final String ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";
  private static final String MANAGER = "kubectl";
  private static final int MOST_ANNOTATION_BYTES = 256 * 1024;

  private ClientSideApply() {}

  static boolean concerns(Writer writer) {
    return writer.manager().equals(MANAGER);
  }

  /// What client-side apply owns of the live object.
  static FieldSet owned(ObjectNode live, String apiVersion, Schema schema) {
    String last = annotation(live);
    if (last.isEmpty()) {
      return FieldSet.EMPTY;
    }
    try {
      ObjectNode applied = Json.parse(last.getBytes(StandardCharsets.UTF_8));
      if (!applied.path("apiVersion").asString("").equals(apiVersion)) {
        return FieldSet.EMPTY;
      }
      ObjectNode tree = AppliedConfiguration.of(applied, schema).tree();
      Comparison since = Comparison.of(tree, live, schema);
      return FieldPlaces.of(tree, schema).minus(since.changed()).minus(since.removed());
    } catch (ApiException | UntypedException e) {
      return FieldSet.EMPTY;
    }
  }

  /// Writes what was applied into the annotation, where there is one.
  static void remember(ObjectNode object, ObjectNode applied) {
    if (annotation(object).isEmpty()
        || !(object.path("metadata").get("annotations") instanceof ObjectNode annotations)) {
      return;
    }
    ObjectNode copy = applied.deepCopy();
    if (copy.path("metadata").get("annotations") instanceof ObjectNode given) {
      given.remove(ANNOTATION);
      if (given.isEmpty() && copy.get("metadata") instanceof ObjectNode metadata) {
        metadata.remove("annotations");
      }
    }
    annotations.put(ANNOTATION, Json.text(copy) + "\n");
    if (bytes(annotations) > MOST_ANNOTATION_BYTES) {
      annotations.remove(ANNOTATION);
    }
  }

  private static String annotation(ObjectNode object) {
    return object.path("metadata").path("annotations").path(ANNOTATION).asString("");
  }

  private static long bytes(ObjectNode annotations) {
    long bytes = 0;
    for (var entry : annotations.properties()) {
      bytes += length(entry.getKey()) + length(entry.getValue().asString(""));
    }
    return bytes;
  }

  private static long length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
