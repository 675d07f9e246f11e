package dev.navarch.apiserver.kinds;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a node's agent may report of a pod: real addresses, and no container back to life that was
/// over for good.
final class PodStatuses {
  private PodStatuses() {}

  static void validateUpdate(Place pod, ObjectNode old) {
    Place status = pod.at("status");
    status.at("qosClass").sameAs(old.at("/status/qosClass"));
    for (Place address : status.at("podIPs").items()) {
      Addresses.validate(address.at("ip"));
    }
    String first = status.at("podIPs").node().path(0).path("ip").asString("");
    Place single = status.at("podIP");
    if (!single.isEmpty() && !first.isEmpty() && !single.text().equals(first)) {
      status.at("podIPs[0]", "ip").invalidText(first, "must be equal to `podIP`");
    }
    String policy = pod.at("spec", "restartPolicy").text();
    if (!policy.equals("Always")) {
      states(
          status.at("containerStatuses"),
          old.at("/status/containerStatuses"),
          policy,
          rules(old.at("/spec/containers")));
      states(
          status.at("initContainerStatuses"),
          old.at("/status/initContainerStatuses"),
          policy,
          rules(old.at("/spec/initContainers")));
    }
  }

  /// Containers that have a policy of their own.
  private static Map<String, JsonNode> rules(JsonNode containers) {
    return containers
        .valueStream()
        .filter(container -> container.has("restartPolicy"))
        .collect(Collectors.toMap(c -> c.path("name").asString(""), c -> c, (a, b) -> a));
  }

  private static void states(
      Place statuses, JsonNode before, String policy, Map<String, JsonNode> apart) {
    List<Place> all = statuses.items();
    for (JsonNode was : before) {
      String name = was.path("name").asString("");
      JsonNode end = was.at("/state/terminated");
      boolean over =
          end.isObject()
              && (policy.equals("Never") || end.path("exitCode").asInt(0) == 0)
              && !apart.containsKey(name);
      all.stream()
          .filter(now -> over && now.at("name").text().equals(name))
          .filter(now -> !now.at("state", "terminated").isSet())
          .forEach(
              now -> now.at("state").forbidden("may not be transitioned to non-terminated state"));
    }
  }
}
