package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.apiserver.kinds.KindRules;
import dev.navarch.apiserver.kinds.KindRules.Column;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Objects as the rows that `kubectl get` prints: the kind's columns say what stands in them.
///
/// @param include how much of the object goes with its row
record Tables(String apiVersion, List<Column> columns, Include include) {

  /// How much of the object goes with its row.
  enum Include {
    NONE,
    METADATA,
    OBJECT;

    static Include of(String parameter) {
      return switch (parameter) {
        case "None" -> NONE;
        case "", "Metadata" -> METADATA;
        case "Object" -> OBJECT;
        default ->
            throw ApiException.badRequest(
                "unrecognized includeObject value: \"" + parameter + "\"");
      };
    }
  }

  static Tables of(Accept accept, KindRules rules, Include include) {
    return new Tables(accept.apiVersion(), rules.columns(), include);
  }

  /// A table with its columns and no rows yet.
  ObjectNode empty() {
    ObjectNode table = Json.object().put("kind", "Table").put("apiVersion", apiVersion);
    table.putObject("metadata");
    ArrayNode definitions = table.putArray("columnDefinitions");
    for (Column column : columns) {
      definitions
          .addObject()
          .put("name", column.name())
          .put("type", column.type())
          .put("format", column.format())
          .put("description", column.description())
          .put("priority", column.priority());
    }
    table.putArray("rows");
    return table;
  }

  ObjectNode row(ObjectNode object, Instant now) {
    ObjectNode row = Json.object();
    ArrayNode cells = row.putArray("cells");
    for (Column column : columns) {
      switch (column.value().apply(new KindRules.Row(object, now))) {
        case Long number -> cells.add(number);
        case Integer number -> cells.add(number);
        case Boolean flag -> cells.add(flag);
        case JsonNode value -> cells.add(value);
        case Object text -> cells.add(text.toString());
      }
    }
    switch (include) {
      case NONE -> {}
      case METADATA -> row.set("object", metadataOnly(object, apiVersion));
      case OBJECT -> row.set("object", object);
    }
    return row;
  }

  /// A watch event's table: one row, and the columns only where a client has not seen them.
  ObjectNode of(ObjectNode object, Instant now, boolean withColumns) {
    ObjectNode table = empty();
    if (!withColumns) {
      table.putNull("columnDefinitions");
    }
    ((ArrayNode) table.get("rows")).add(row(object, now));
    ((ObjectNode) table.get("metadata"))
        .put("resourceVersion", Metadata.of(object).resourceVersion());
    return table;
  }

  static ObjectNode metadataOnly(ObjectNode object, String apiVersion) {
    ObjectNode partial =
        Json.object().put("kind", "PartialObjectMetadata").put("apiVersion", apiVersion);
    partial.set("metadata", Metadata.of(object).fields());
    return partial;
  }
}
