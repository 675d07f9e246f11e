package dev.navarch.apiserver.kinds;

import dev.navarch.api.Quantity;
import dev.navarch.api.selectors.NameChecks;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Requests and limits: amounts that are not negative, and no request above its limit. What can not
/// be overcommitted is requested exactly as it is limited.
final class Resources {
  private static final Set<String> STANDARD = Set.of("cpu", "memory", "ephemeral-storage");

  private Resources() {}

  /// A limit without a request asks for as much.
  static void setRequestsFromLimits(ObjectNode container) {
    ObjectNode resources = Defaults.object(container, "resources");
    if (resources.path("limits") instanceof ObjectNode limits && !limits.isEmpty()) {
      ObjectNode requests = Defaults.object(resources, "requests");
      limits
          .properties()
          .forEach(limit -> Defaults.put(requests, limit.getKey(), limit.getValue()));
    }
  }

  static void validate(Place resources) {
    Place limits = resources.at("limits");
    Place requests = resources.at("requests");
    limits.values().forEach(Resources::validateAmount);
    requests.values().forEach(Resources::validateAmount);
    for (Place request : requests.values()) {
      String name = request.mapKey();
      JsonNode most = limits.node().path(name);
      if (request.node().equals(most)) {
        continue;
      }
      Optional<Quantity> asked = quantity(request.node());
      Optional<Quantity> limit = quantity(most);
      if (asked.isEmpty()) {
        continue;
      }
      if (limit.isPresent()) {
        compare(requests, name, asked.get(), limit.get());
      } else if (!canBeOvercommitted(name)) {
        limits.required("Limit must be set for non overcommitable resources");
      }
    }
  }

  private static void compare(Place requests, String name, Quantity asked, Quantity limit) {
    if (!canBeOvercommitted(name) && !asked.equals(limit)) {
      requests.invalidText(
          asked.toString(), "must be equal to %s limit of %s".formatted(name, limit));
    } else if (asked.compareTo(limit) > 0) {
      requests.invalidText(
          asked.toString(), "must be less than or equal to %s limit of %s".formatted(name, limit));
    }
  }

  private static boolean canBeOvercommitted(String name) {
    return STANDARD.contains(name);
  }

  private static void validateAmount(Place amount) {
    String name = amount.mapKey();
    NameChecks.qualifiedName(name).forEach(why -> amount.invalidText(name, why));
    boolean qualified =
        name.contains("/") || STANDARD.contains(name) || name.startsWith("hugepages-");
    if (!qualified) {
      amount.invalidText(name, "must be a standard resource for containers");
    }
    nonNegative(amount);
    boolean whole = name.contains("/");
    if (whole && quantity(amount.node()).filter(q -> q.milliValue() % 1000 != 0).isPresent()) {
      amount.invalid("must be an integer");
    }
  }

  static void nonNegative(Place amount) {
    if (quantity(amount.node()).filter(q -> q.signum() < 0).isPresent()) {
      amount.invalid("must be greater than or equal to 0");
    }
  }

  static void positive(Place amount) {
    if (quantity(amount.node()).filter(q -> q.signum() <= 0).isPresent()) {
      amount.invalid("must be greater than zero");
    }
  }

  /// The amount that stands in a document; nothing for what is none (the schema reports that).
  static Optional<Quantity> quantity(JsonNode value) {
    if (!value.isString() && !value.isNumber()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Quantity.parse(value.asString("")));
    } catch (IllegalArgumentException notAnAmount) {
      return Optional.empty();
    }
  }

  /// Every container of a pod that lives from its start to its end, with those that run before.
  static List<ObjectNode> containers(JsonNode podSpec) {
    List<ObjectNode> all = Defaults.objects(podSpec.path("containers"));
    all.addAll(Defaults.objects(podSpec.path("initContainers")));
    return all;
  }
}
