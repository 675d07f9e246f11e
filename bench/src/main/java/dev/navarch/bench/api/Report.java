package dev.navarch.bench.api;

import dev.navarch.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What was measured, line by line as it is found out, beside what it has to be; and all of it as
/// JSON at the end.
final class Report {
  private final List<ObjectNode> rows = new ArrayList<>();
  private final String machine;

  Report() throws IOException {
    machine = machine();
    System.out.println(machine);
    System.out.println();
    System.out.println("| Work | measured | p50 / p99 ms | server CPU ms each | target |");
    System.out.println("|---|---|---|---|---|");
  }

  /// Operations at a rate.
  void rate(String work, Load.Sample sample, String target) {
    double megabytes = sample.bytes() / sample.seconds() / 1e6;
    String measured =
        text(sample.rate()) + "/s" + (megabytes > 50 ? ", %.0f MB/s".formatted(megabytes) : "");
    row(work, measured, sample, target).put("perSecond", round(sample.rate()));
  }

  /// Operations one after another, or by their delay.
  void time(String work, Load.Sample sample, String target) {
    row(work, text(sample.millis(50)) + " ms", sample, target);
  }

  void amount(String work, double amount, String unit, String target) {
    print(work, text(amount) + " " + unit, "", "", target)
        .put("amount", round(amount))
        .put("unit", unit);
  }

  private ObjectNode row(String work, String measured, Load.Sample sample, String target) {
    double median = sample.millis(50);
    double slow = sample.millis(99);
    double cpu = sample.cpuEach();
    return print(work, measured, text(median) + " / " + text(slow), "%.3f".formatted(cpu), target)
        .put("operations", (long) sample.operations())
        .put("p50Millis", round(median))
        .put("p99Millis", round(slow))
        .put("serverCpuMillisEach", Math.round(cpu * 10_000) / 10_000.0);
  }

  private ObjectNode print(String work, String measured, String times, String cpu, String target) {
    System.out.printf("| %s | %s | %s | %s | %s |%n", work, measured, times, cpu, target);
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

  /// Its size, and how busy others keep it: what the figures are worth.
  private static String machine() throws IOException {
    String total = Files.readAllLines(Path.of("/proc/meminfo")).getFirst().replaceAll("\\D", "");
    String load = Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    return "%d cores, %d GiB, shared by server and load; load average before the start %s"
        .formatted(Runtime.getRuntime().availableProcessors(), Long.parseLong(total) >> 20, load);
  }

  private static String text(double number) {
    return number >= 100
        ? String.format(Locale.US, "%,.0f", number)
        : String.format(Locale.US, number >= 10 ? "%.1f" : "%.2f", number);
  }

  private static double round(double number) {
    return Math.round(number * 100) / 100.0;
  }
}
