package dev.navarch.apiserver.kinds;

import dev.navarch.api.Quantity;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// What a pod asks for as a whole: what it states for itself, else its containers and sidecars
/// together, or its greediest init container if that asks for more; and its overhead.
public record PodResources(Map<String, Quantity> requests, Map<String, Quantity> limits) {

  public static PodResources of(JsonNode podSpec) {
    return new PodResources(all(podSpec, "requests"), all(podSpec, "limits"));
  }

  private static Map<String, Quantity> all(JsonNode spec, String kind) {
    Map<String, Quantity> total = ofContainers(spec, kind);
    total.putAll(amounts(spec, kind));
    quantities(spec.path("overhead"))
        .forEach(
            (name, amount) -> {
              if (kind.equals("requests") || total.containsKey(name)) {
                total.merge(name, amount, Quantity::add);
              }
            });
    return total;
  }

  /// What the containers ask for together.
  ///
  /// @param kind `requests` or `limits`
  static Map<String, Quantity> ofContainers(JsonNode spec, String kind) {
    Map<String, Quantity> total = new TreeMap<>();
    spec.path("containers").forEach(container -> add(total, amounts(container, kind)));
    Map<String, Quantity> sidecars = new TreeMap<>();
    Map<String, Quantity> atStart = new TreeMap<>();
    for (JsonNode init : spec.path("initContainers")) {
      Map<String, Quantity> own = new TreeMap<>(amounts(init, kind));
      if (init.path("restartPolicy").asString("").equals("Always")) {
        add(total, own);
        add(sidecars, own);
        own.clear();
      }
      add(own, sidecars);
      own.forEach((name, amount) -> atStart.merge(name, amount, PodResources::larger));
    }
    atStart.forEach((name, amount) -> total.merge(name, amount, PodResources::larger));
    return total;
  }

  private static Map<String, Quantity> amounts(JsonNode container, String kind) {
    return quantities(container.path("resources").path(kind));
  }

  private static void add(Map<String, Quantity> total, Map<String, Quantity> more) {
    more.forEach((name, amount) -> total.merge(name, amount, Quantity::add));
  }

  private static Quantity larger(Quantity one, Quantity other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  public static Map<String, Quantity> quantities(JsonNode amounts) {
    Map<String, Quantity> all = new TreeMap<>();
    amounts
        .properties()
        .forEach(
            entry ->
                Resources.quantity(entry.getValue()).ifPresent(q -> all.put(entry.getKey(), q)));
    return all;
  }
}
