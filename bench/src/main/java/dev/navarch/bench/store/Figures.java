package dev.navarch.bench.store;

import dev.navarch.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What was measured on each store, row by row, as a table and as JSON.
final class Figures {
  private final Map<String, Row> rows = new LinkedHashMap<>();

  /// A figure for each store, by its name.
  private record Row(String unit, String target, Map<String, Double> figures) {}

  void add(String work, String unit, String target, String store, double figure) {
    rows.computeIfAbsent(work, _ -> new Row(unit, target, new LinkedHashMap<>()))
        .figures
        .put(store, figure);
  }

  void print() throws IOException {
    System.out.println(machine());
    System.out.println();
    System.out.println("| Work | embedded | etcd | target |");
    System.out.println("|---|---|---|---|");
    rows.forEach(
        (work, row) ->
            System.out.printf(
                "| %s | %s | %s | %s |%n",
                work, text(row, StoreBench.EMBEDDED), text(row, StoreBench.ETCD), row.target));
  }

  private static String text(Row row, String store) {
    Double figure = row.figures.get(store);
    if (figure == null) {
      return "—";
    }
    String number = String.format(Locale.US, figure >= 100 ? "%,.0f" : "%.2f", figure);
    return number + row.unit;
  }

  void write(Path file) throws IOException {
    ObjectNode document = Json.object().put("machine", machine());
    ArrayNode all = document.putArray("rows");
    rows.forEach(
        (work, row) -> {
          ObjectNode node = all.addObject().put("work", work).put("unit", row.unit.strip());
          row.figures.forEach((store, figure) -> node.put(store, figure));
        });
    Files.write(file, Json.bytes(document));
  }

  private static String machine() throws IOException {
    String total = Files.readAllLines(Path.of("/proc/meminfo")).getFirst().replaceAll("\\D", "");
    String load = Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    return "%d cores, %d GiB, shared by store and clients; load average %s"
        .formatted(Runtime.getRuntime().availableProcessors(), Long.parseLong(total) >> 20, load);
  }
}
