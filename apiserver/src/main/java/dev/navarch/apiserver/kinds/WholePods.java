package dev.navarch.apiserver.kinds;

import dev.navarch.api.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// What a pod states for itself as a whole (`spec.resources`): processor time, memory and huge
/// pages, enough for what its containers ask for.
final class WholePods {
  private static final String HUGE_PAGES = "hugepages-";
  private static final List<String> SUPPORTED = List.of("cpu", HUGE_PAGES, "memory");

  private WholePods() {}

  /// A limit without a request asks for as much as the containers do, else for all of it.
  static void setDefaults(ObjectNode spec) {
    if (!(spec.path("resources") instanceof ObjectNode whole)
        || !(whole.path("limits") instanceof ObjectNode limits)
        || limits.isEmpty()) {
      return;
    }
    ObjectNode requests = Defaults.object(whole, "requests");
    PodResources.ofContainers(spec, "requests")
        .forEach(
            (name, amount) -> {
              if (isSupported(name) && !name.startsWith(HUGE_PAGES)) {
                Defaults.put(requests, name, amount.toString());
              }
            });
    limits
        .properties()
        .forEach(
            limit -> {
              if (isSupported(limit.getKey())) {
                Defaults.put(requests, limit.getKey(), limit.getValue());
              }
            });
  }

  static void validate(Place spec) {
    Place whole = spec.at("resources");
    if (!whole.isSet()) {
      return;
    }
    Resources.validate(whole);
    if (!whole.at("claims").isEmpty()) {
      whole.at("claims").forbidden("claims may not be set for resources of the pod as a whole");
    }
    for (String kind : List.of("limits", "requests")) {
      for (Place amount : whole.at(kind).values()) {
        if (!isSupported(amount.mapKey())) {
          var name = StringNode.valueOf(amount.mapKey());
          new Place(amount.path(), name, amount.errors()).notSupported(SUPPORTED);
        }
      }
    }
    enough(whole.at("requests"), PodResources.ofContainers(spec.node(), "requests"), "requests");
    Map<String, Quantity> limits = PodResources.ofContainers(spec.node(), "limits");
    limits.keySet().removeIf(name -> !name.startsWith(HUGE_PAGES));
    enough(whole.at("limits"), limits, "limits");
    validateContainers(spec, whole.at("limits"));
  }

  private static void enough(Place amounts, Map<String, Quantity> together, String kind) {
    together.forEach(
        (name, sum) -> {
          Optional<Quantity> own = Resources.quantity(amounts.node().path(name));
          if (own.isPresent() && sum.compareTo(own.get()) > 0) {
            amounts
                .child(name)
                .invalidText(
                    own.get().toString(),
                    "must be greater than or equal to aggregate container %s of %s"
                        .formatted(kind, sum));
          }
        });
  }

  private static void validateContainers(Place spec, Place most) {
    for (Place container : spec.at("containers").items()) {
      Place limits = container.at("resources", "limits");
      for (Place limit : limits.values()) {
        Optional<Quantity> own = Resources.quantity(limit.node());
        Optional<Quantity> whole = Resources.quantity(most.node().path(limit.mapKey()));
        if (own.isPresent() && whole.isPresent() && own.get().compareTo(whole.get()) > 0) {
          limit.invalidText(
              own.get().toString(),
              "must be less than or equal to pod limits of %s".formatted(whole.get()));
        }
      }
    }
  }

  private static boolean isSupported(String name) {
    return name.equals("cpu") || name.equals("memory") || name.startsWith(HUGE_PAGES);
  }
}
