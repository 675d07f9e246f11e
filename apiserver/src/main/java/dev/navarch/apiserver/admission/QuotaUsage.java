package dev.navarch.apiserver.admission;

import dev.navarch.api.Kind;
import dev.navarch.api.Quantity;
import dev.navarch.apiserver.kinds.PodResources;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// What one object takes from a quota, by the names that quotas use: `pods`, `requests.cpu`,
/// `services.nodeports`, `count/deployments.apps`…
final class QuotaUsage {
  private static final Quantity ONE = Quantity.parse("1");
  private static final Set<String> COUNTED_BY_NAME =
      Set.of(
          "configmaps",
          "persistentvolumeclaims",
          "pods",
          "replicationcontrollers",
          "resourcequotas",
          "secrets",
          "services");
  private static final Set<String> PLAIN = Set.of("cpu", "memory", "ephemeral-storage");
  private static final Set<String> MUST_BE_SAID =
      Set.of("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory");

  /// What follows the name of a class of devices.
  static final String DEVICES = ".deviceclass.resource.k8s.io/devices";

  private static final long MOST_DEVICES = 32;

  private QuotaUsage() {}

  static Map<String, Quantity> of(Kind kind, JsonNode object) {
    Map<String, Quantity> usage = new TreeMap<>();
    String resource = kind.resource().toString();
    if (resource.equals("pods") && isOver(object)) {
      return usage;
    }
    usage.put("count/" + resource, ONE);
    if (COUNTED_BY_NAME.contains(resource)) {
      usage.put(resource, ONE);
    }
    switch (resource) {
      case "pods" -> addPod(usage, PodResources.of(object.path("spec")));
      case "services" -> addService(usage, object.path("spec"));
      case "persistentvolumeclaims" -> addClaim(usage, object.path("spec"));
      case "resourceclaims.resource.k8s.io" -> addDevices(usage, object.path("spec"));
      default -> {}
    }
    return usage;
  }

  private static boolean isOver(JsonNode pod) {
    return Set.of("Succeeded", "Failed").contains(pod.at("/status/phase").asString(""));
  }

  private static void addPod(Map<String, Quantity> usage, PodResources resources) {
    resources
        .requests()
        .forEach(
            (name, amount) -> {
              usage.put("requests." + name, amount);
              if (PLAIN.contains(name)) {
                usage.put(name, amount);
              }
            });
    resources.limits().forEach((name, amount) -> usage.put("limits." + name, amount));
  }

  private static void addService(Map<String, Quantity> usage, JsonNode spec) {
    String type = spec.path("type").asString("");
    long nodePorts =
        spec.path("ports").valueStream().filter(p -> p.path("nodePort").asInt(0) != 0).count();
    if (nodePorts > 0) {
      usage.put("services.nodeports", Quantity.parse(Long.toString(nodePorts)));
    }
    if (type.equals("LoadBalancer")) {
      usage.put("services.loadbalancers", ONE);
    }
  }

  private static void addClaim(Map<String, Quantity> usage, JsonNode spec) {
    String size = spec.at("/resources/requests/storage").asString("0");
    usage.put("requests.storage", Quantity.parse(size));
    String storageClass = spec.path("storageClassName").asString("");
    if (!storageClass.isEmpty()) {
      String prefix = storageClass + ".storageclass.storage.k8s.io/";
      usage.put(prefix + "requests.storage", Quantity.parse(size));
      usage.put(prefix + "persistentvolumeclaims", ONE);
    }
  }

  /// Of alternatives the most counts; a request for all devices as many as a claim may have.
  private static void addDevices(Map<String, Quantity> usage, JsonNode spec) {
    for (JsonNode request : spec.at("/devices/requests")) {
      Map<String, Long> most = new TreeMap<>();
      List<JsonNode> options = new ArrayList<>();
      request.path("firstAvailable").forEach(options::add);
      if (request.path("exactly").isObject()) {
        options.add(request.path("exactly"));
      }
      for (JsonNode option : options) {
        boolean all = option.path("allocationMode").asString("").equals("All");
        most.merge(
            option.path("deviceClassName").asString("") + DEVICES,
            all ? MOST_DEVICES : option.path("count").asLong(1),
            Math::max);
      }
      most.forEach(
          (name, count) -> usage.merge(name, Quantity.parse(Long.toString(count)), Quantity::add));
    }
  }

  /// What containers must say under a quota, and do not: `limits.cpu for: a,b`. Those of a pod that
  /// states what it needs as a whole need not.
  static List<String> unsaid(JsonNode podSpec, Set<String> hard) {
    List<String> missing = new ArrayList<>();
    JsonNode whole = podSpec.path("resources");
    if (!whole.path("requests").isEmpty() || !whole.path("limits").isEmpty()) {
      return missing;
    }
    for (String name : hard.stream().filter(MUST_BE_SAID::contains).sorted().toList()) {
      String kind = name.startsWith("limits.") ? "limits" : "requests";
      String plain = name.substring(name.indexOf('.') + 1);
      List<String> silent = new ArrayList<>();
      for (String list : List.of("containers", "initContainers")) {
        for (JsonNode container : podSpec.path(list)) {
          if (!container.path("resources").path(kind).has(plain)) {
            silent.add(container.path("name").asString(""));
          }
        }
      }
      if (!silent.isEmpty()) {
        missing.add(name + " for: " + String.join(",", silent));
      }
    }
    return missing;
  }
}
