package dev.navarch.apiserver.kinds;

import dev.navarch.api.Quantity;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a node or a pod uses, as metrics-server shows it in tables: a pod's containers together.
final class Metrics implements KindRules {
  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        new Column("cpu", "string", "quantity", "", 0, row -> used(row.object(), "cpu")),
        new Column("memory", "string", "quantity", "", 0, row -> used(row.object(), "memory")),
        new Column(
            "Window",
            "string",
            "duration",
            "",
            0,
            row -> row.object().path("window").asString("")));
  }

  private static String used(ObjectNode metrics, String resource) {
    Stream<JsonNode> parts =
        metrics.has("containers")
            ? StreamSupport.stream(metrics.path("containers").spliterator(), false)
            : Stream.of(metrics);
    return parts
        .map(part -> part.path("usage").path(resource).asString("0"))
        .map(Quantity::parse)
        .reduce(Quantity::add)
        .orElse(Quantity.ZERO)
        .toString();
  }
}
