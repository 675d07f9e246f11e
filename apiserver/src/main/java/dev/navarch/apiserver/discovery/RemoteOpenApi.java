package dev.navarch.apiserver.discovery;

import dev.navarch.api.Json;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// OpenAPI version 2 of servers behind this one: what of their documents is about the API that they
/// are registered for becomes a part of the one document that there is.
public final class RemoteOpenApi {
  private static final String REFERENCE = "$ref";
  private static final String PREFIX = "#/definitions/";

  private RemoteOpenApi() {}

  /// The paths below one, and the definitions that they need.
  public static ObjectNode part(JsonNode document, String path) {
    ObjectNode part = Json.object();
    ObjectNode paths = part.putObject("paths");
    ObjectNode definitions = part.putObject("definitions");
    Deque<String> wanted = new ArrayDeque<>();
    document
        .path("paths")
        .properties()
        .forEach(
            each -> {
              if (each.getKey().equals(path) || each.getKey().startsWith(path + "/")) {
                paths.set(each.getKey(), each.getValue());
                references(each.getValue(), wanted::add);
              }
            });
    while (!wanted.isEmpty()) {
      String name = wanted.poll();
      JsonNode definition = document.path("definitions").path(name);
      if (definition.isObject() && !definitions.has(name)) {
        definitions.set(name, definition);
        references(definition, wanted::add);
      }
    }
    return part;
  }

  private static void references(JsonNode node, Consumer<String> found) {
    if (node.path(REFERENCE).asString("").startsWith(PREFIX)) {
      found.accept(node.path(REFERENCE).asString("").substring(PREFIX.length()));
    }
    node.forEach(child -> references(child, found));
  }

  /// Adds a part. Where the two mean different things by one name, the part's gets another.
  static void add(ObjectNode document, ObjectNode part) {
    ObjectNode definitions = (ObjectNode) document.required("definitions");
    Map<String, String> renamed = new HashMap<>();
    part.path("definitions")
        .properties()
        .forEach(
            each -> {
              JsonNode known = definitions.path(each.getKey());
              if (!known.isMissingNode() && !known.equals(each.getValue())) {
                renamed.put(each.getKey(), unused(definitions, each.getKey()));
              }
            });
    ObjectNode own = part.deepCopy();
    rename(own, renamed);
    own.path("definitions")
        .properties()
        .forEach(
            each ->
                definitions.set(
                    renamed.getOrDefault(each.getKey(), each.getKey()), each.getValue()));
    ObjectNode paths = (ObjectNode) document.required("paths");
    own.path("paths").properties().forEach(each -> paths.set(each.getKey(), each.getValue()));
  }

  private static String unused(ObjectNode definitions, String name) {
    int number = 2;
    while (definitions.has(name + "_v" + number)) {
      number++;
    }
    return name + "_v" + number;
  }

  private static void rename(JsonNode node, Map<String, String> renamed) {
    if (node instanceof ObjectNode object) {
      String reference = object.path(REFERENCE).asString("");
      if (reference.startsWith(PREFIX)) {
        String other = renamed.get(reference.substring(PREFIX.length()));
        if (other != null) {
          object.set(REFERENCE, StringNode.valueOf(PREFIX + other));
        }
      }
    }
    node.forEach(child -> rename(child, renamed));
  }
}
