package dev.navarch.apiserver.custom;

import dev.navarch.api.Json;
import dev.navarch.apiserver.kinds.Ages;
import dev.navarch.apiserver.kinds.KindRules.Column;
import dev.navarch.apiserver.kinds.KindRules.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// The columns that a definition wants to be printed: the name, then its own; the age when it names
/// none. A cell is null where an object has nothing to show.
final class PrinterColumns {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Column AGE =
      new Column(
          "Age",
          "date",
          "",
          Column.AGE.description(),
          0,
          row -> date(row.object().at("/metadata/creationTimestamp"), row));

  private PrinterColumns() {}

  /// @param version one version of a definition
  static List<Column> of(JsonNode version) {
    List<Column> columns = new ArrayList<>(List.of(Column.NAME));
    JsonNode wanted = version.path("additionalPrinterColumns");
    wanted.forEach(column -> columns.add(column(column)));
    if (wanted.isEmpty()) {
      columns.add(AGE);
    }
    return List.copyOf(columns);
  }

  private static Column column(JsonNode column) {
    JsonPath path = JsonPath.parse(column.path("jsonPath").asString(""));
    String type = column.path("type").asString("");
    return new Column(
        column.path("name").asString(""),
        type,
        column.path("format").asString(""),
        column.path("description").asString(""),
        column.path("priority").asInt(0),
        row -> cell(path.of(row.object()), type, row));
  }

  private static JsonNode cell(List<JsonNode> found, String type, Row row) {
    if (found.isEmpty() || found.getFirst().isNull()) {
      return NODES.nullNode();
    }
    JsonNode first = found.getFirst();
    return switch (type) {
      case "string" ->
          NODES.stringNode(
              found.stream().map(PrinterColumns::text).collect(Collectors.joining(" ")));
      case "integer" -> first.isNumber() ? NODES.numberNode(first.asLong(0)) : NODES.nullNode();
      case "number" -> first.isNumber() ? first : NODES.nullNode();
      case "boolean" -> first.isBoolean() ? first : NODES.nullNode();
      case "date" -> first.isString() ? date(first, row) : NODES.nullNode();
      default -> NODES.nullNode();
    };
  }

  private static String text(JsonNode value) {
    return value.isString() ? value.stringValue() : Json.text(value);
  }

  private static JsonNode date(JsonNode time, Row row) {
    try {
      return NODES.stringNode(Ages.since(time, row.now()));
    } catch (java.time.DateTimeException e) {
      return NODES.stringNode("<invalid>");
    }
  }
}
