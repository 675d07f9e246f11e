package dev.navarch.apiserver.admission;

import dev.navarch.api.Quantity;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// What a pod asks for as a whole: its containers and sidecars together, or its greediest init
/// container if that asks for more; and its overhead.
record PodResources(Map<String, Quantity> requests, Map<String, Quantity> limits) {

  static PodResources of(JsonNode podSpec) {
    return new PodResources(sum(podSpec, "requests"), sum(podSpec, "limits"));
  }

  private static Map<String, Quantity> sum(JsonNode spec, String kind) {
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
    quantities(spec.path("overhead"))
        .forEach(
            (name, amount) -> {
              if (kind.equals("requests") || total.containsKey(name)) {
                total.merge(name, amount, Quantity::add);
              }
            });
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

  static Map<String, Quantity> quantities(JsonNode amounts) {
    Map<String, Quantity> all = new TreeMap<>();
    amounts
        .properties()
        .forEach(entry -> quantity(entry.getValue()).ifPresent(q -> all.put(entry.getKey(), q)));
    return all;
  }

  private static Optional<Quantity> quantity(JsonNode value) {
    String text = value.asString("");
    return text.isEmpty() ? Optional.empty() : Optional.of(Quantity.parse(text));
  }
}
