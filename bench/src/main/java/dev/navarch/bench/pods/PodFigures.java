package dev.navarch.bench.pods;

import dev.navarch.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What was measured, line by line as it is found out, beside what it has to be; and all of it as
/// JSON at the end.
final class PodFigures {
  private final List<ObjectNode> rows = new ArrayList<>();
  private final String machine;

  PodFigures() throws IOException {
    machine =
        "%d cores, shared by the cluster and its pods; load average before the start %s"
            .formatted(Runtime.getRuntime().availableProcessors(), load());
    System.out.println(machine);
    System.out.println();
    System.out.println("| Work | p50 | p99 | target |");
    System.out.println("|---|---|---|---|");
  }

  static String load() throws IOException {
    return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
  }

  /// Times of the same thing, in milliseconds.
  void times(String work, List<Double> millis, String target) {
    double median = percentile(millis, 50);
    double slow = percentile(millis, 99);
    System.out.printf(Locale.US, "| %s | %.0f ms | %.0f ms | %s |%n", work, median, slow, target);
    row(work, target).put("p50Millis", median).put("p99Millis", slow).put("samples", millis.size());
  }

  void amount(String work, double amount, String unit, String target) {
    System.out.printf(Locale.US, "| %s | %.2f %s | | %s |%n", work, amount, unit, target);
    row(work, target).put("amount", amount).put("unit", unit);
  }

  private ObjectNode row(String work, String target) {
    ObjectNode row = Json.object().put("work", work).put("target", target);
    rows.add(row);
    return row;
  }

  void write(Path file) throws IOException {
    ObjectNode document = Json.object().put("machine", machine);
    ArrayNode all = document.putArray("rows");
    rows.forEach(all::add);
    Files.write(file, Json.bytes(document));
  }

  static double percentile(List<Double> values, int percent) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
  }
}
