package dev.navarch.api.patch;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// JSON patch (RFC 6902): a list of operations that all apply or none does. The document stays as
/// it was; the answer is a new tree. Bounded against patches made to exhaust the server: in number
/// of operations, in bytes that copies add, and in depth.
public final class JsonPatch {
  public static final int MAX_OPERATIONS = 10_000;
  private static final long MAX_COPIED = 3 * 1024 * 1024;

  private final ObjectNode root;
  private long copied;

  private JsonPatch(JsonNode document) {
    this.root = JsonNodeFactory.instance.objectNode();
    this.root.set("", document);
  }

  /// BadRequest for what is no patch, TooLarge for too many operations, Invalid for an operation
  /// that does not apply and for a failed test.
  public static ObjectNode apply(ObjectNode document, JsonNode patch) {
    if (!(patch instanceof ArrayNode operations)) {
      throw ApiException.badRequest("error decoding patch: a JSON patch is a list of operations");
    }
    if (operations.size() > MAX_OPERATIONS) {
      throw new ApiException(
          new ApiError.TooLarge(
              "The allowed maximum operations in a JSON patch is %d, got %d"
                  .formatted(MAX_OPERATIONS, operations.size())));
    }
    JsonPatch run = new JsonPatch(document.deepCopy());
    operations.forEach(run::perform);
    if (run.root.get("") instanceof ObjectNode result) {
      checkDepth(withoutManagers(result));
      return result;
    }
    throw invalid("the patched document is no object");
  }

  private void perform(JsonNode operation) {
    String name = operation.path("op").asString("");
    JsonPointer path = pointer(operation, name, "path");
    switch (name) {
      case "add" -> add(path, value(operation, path));
      case "remove" -> remove(name, path);
      case "replace" -> replace(path, value(operation, path));
      case "move" -> {
        JsonPointer from = pointer(operation, name, "from");
        if (from.contains(path)) {
          throw invalid(
              "move operation does not apply: \"%s\" is inside \"%s\"".formatted(path, from));
        }
        add(path, remove(name, from));
      }
      case "copy" -> {
        JsonNode value = get(name, pointer(operation, name, "from"));
        checkDepth(value);
        count(value);
        add(path, value.deepCopy());
      }
      case "test" -> test(path, operation.path("value"));
      default -> throw invalid("Unexpected kind: " + (name.isEmpty() ? "unknown" : name));
    }
  }

  private void add(JsonPointer path, JsonNode value) {
    switch (parent("add", path)) {
      case ObjectNode object -> object.set(path.last(), value);
      case ArrayNode array ->
          array.insert(
              path.insertAt(array.size()).orElseThrow(() -> outOfBounds("add", path)), value);
      default -> throw missing("add", path);
    }
  }

  private JsonNode remove(String name, JsonPointer path) {
    JsonNode old = get(name, path);
    switch (parent(name, path)) {
      case ObjectNode object -> object.remove(path.last());
      case ArrayNode array ->
          array.remove(path.elementAt(array.size()).orElseThrow(() -> outOfBounds(name, path)));
      default -> throw missing(name, path);
    }
    return old;
  }

  private void replace(JsonPointer path, JsonNode value) {
    get("replace", path);
    switch (parent("replace", path)) {
      case ObjectNode object -> object.set(path.last(), value);
      case ArrayNode array ->
          array.set(
              path.elementAt(array.size()).orElseThrow(() -> outOfBounds("replace", path)), value);
      default -> throw missing("replace", path);
    }
  }

  /// A field that is absent equals null.
  private void test(JsonPointer path, JsonNode expected) {
    JsonNode found =
        path.child(parent("test", path)).orElse(JsonNodeFactory.instance.missingNode());
    boolean absent = found.isMissingNode() || found.isNull();
    boolean wantsAbsent = expected.isMissingNode() || expected.isNull();
    if (absent ? !wantsAbsent : !JsonValues.same(found, expected)) {
      throw invalid("testing value %s failed: test failed".formatted(path));
    }
  }

  private JsonNode get(String name, JsonPointer path) {
    return path.child(parent(name, path)).orElseThrow(() -> missing(name, path));
  }

  private JsonNode parent(String name, JsonPointer path) {
    JsonNode at = root;
    for (JsonPointer step : path.ancestors()) {
      at = step.child(at).orElseThrow(() -> missing(name, path));
    }
    return at;
  }

  /// Field managers repeat the fields of an object a few levels deeper than it is.
  private static ObjectNode withoutManagers(ObjectNode document) {
    ObjectNode own = Json.object().setAll(document);
    if (own.get("metadata") instanceof ObjectNode metadata) {
      ObjectNode rest = Json.object().setAll(metadata);
      rest.remove("managedFields");
      own.set("metadata", rest);
    }
    return own;
  }

  /// Moves can make a document deeper than any that can be read.
  private static void checkDepth(JsonNode value) {
    if (Json.depth(value) > Json.MAX_DEPTH + 1) {
      throw ApiException.badRequest(
          "json: the patched document exceeded max depth " + Json.MAX_DEPTH);
    }
  }

  private void count(JsonNode value) {
    copied += Json.text(value).length();
    if (copied > MAX_COPIED) {
      throw invalid(
          "Unable to complete the copy, the accumulated size increase of copy is %d, exceeding the limit %d"
              .formatted(copied, MAX_COPIED));
    }
  }

  private static JsonPointer pointer(JsonNode operation, String name, String field) {
    JsonNode text = operation.path(field);
    if (!text.isString()) {
      throw invalid("%s operation must have a string as its \"%s\"".formatted(name, field));
    }
    return JsonPointer.parse(text.asString())
        .orElseThrow(
            () ->
                invalid(
                    "%s operation does not apply: \"%s\" is no JSON pointer"
                        .formatted(name, text.asString())));
  }

  private static JsonNode value(JsonNode operation, JsonPointer path) {
    JsonNode value = operation.get("value");
    if (value == null) {
      throw invalid("operation on \"%s\" must have a \"value\"".formatted(path));
    }
    return value.deepCopy();
  }

  private static ApiException missing(String name, JsonPointer path) {
    return invalid(
        "%s operation does not apply: doc is missing path: \"%s\": missing value"
            .formatted(name, path));
  }

  private static ApiException outOfBounds(String name, JsonPointer path) {
    return invalid(
        "%s operation does not apply: error in %s for path: '%s': invalid index referenced"
            .formatted(name, name, path));
  }

  private static ApiException invalid(String detail) {
    return new ApiException(
        new ApiError.Invalid(
            "", "", "", List.of(new FieldError(FieldError.Type.INVALID, "patch", "", detail))));
  }
}
