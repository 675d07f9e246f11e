package dev.navarch.node.stats;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/// Metrics in Prometheus' text form: each name once with its help, then all its values.
public final class MetricsText {
  private final Map<String, StringBuilder> families = new LinkedHashMap<>();

  /// @param type `gauge` or `counter`
  public MetricsText family(String name, String type, String help) {
    families.put(
        name, new StringBuilder("# HELP %s %s\n# TYPE %s %s\n".formatted(name, help, name, type)));
    return this;
  }

  public void add(String name, Map<String, String> labels, Number value) {
    add(name, labels, value, 0);
  }

  /// @param millis when the value was taken; 0 for now
  public void add(String name, Map<String, String> labels, Number value, long millis) {
    StringBuilder text = families.get(name);
    if (text == null) {
      throw new IllegalArgumentException("no metric family " + name);
    }
    text.append(name);
    String separator = "{";
    for (var label : new TreeMap<>(labels).entrySet()) {
      text.append(separator).append(label.getKey()).append("=\"");
      text.append(escaped(label.getValue())).append('"');
      separator = ",";
    }
    text.append(labels.isEmpty() ? " " : "} ").append(number(value));
    if (millis > 0) {
      text.append(' ').append(millis);
    }
    text.append('\n');
  }

  @Override
  public String toString() {
    var all = new StringBuilder();
    families.values().forEach(all::append);
    return all.toString();
  }

  private static String number(Number value) {
    double exact = value.doubleValue();
    return exact == Math.rint(exact) ? String.valueOf(value.longValue()) : String.valueOf(exact);
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
