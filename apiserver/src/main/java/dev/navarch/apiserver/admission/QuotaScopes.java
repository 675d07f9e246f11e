package dev.navarch.apiserver.admission;

import tools.jackson.databind.JsonNode;

/// Which pods a quota is about: all, or those of its scopes. A quota with scopes is about pods
/// alone.
final class QuotaScopes {
  private QuotaScopes() {}

  static boolean match(JsonNode quotaSpec, boolean isPod, JsonNode object) {
    JsonNode scopes = quotaSpec.path("scopes");
    JsonNode terms = quotaSpec.at("/scopeSelector/matchExpressions");
    if (scopes.isEmpty() && terms.isEmpty()) {
      return true;
    }
    return isPod
        && scopes.valueStream().allMatch(scope -> holds(scope.asString(""), object))
        && terms.valueStream().allMatch(term -> holds(term, object));
  }

  private static boolean holds(String scope, JsonNode pod) {
    boolean terminating = pod.at("/spec/activeDeadlineSeconds").isNumber();
    boolean bestEffort = pod.at("/status/qosClass").asString("").equals("BestEffort");
    return switch (scope) {
      case "Terminating" -> terminating;
      case "NotTerminating" -> !terminating;
      case "BestEffort" -> bestEffort;
      case "NotBestEffort" -> !bestEffort;
      case "PriorityClass" -> !priority(pod).isEmpty();
      case "CrossNamespacePodAffinity" -> crossesNamespaces(pod.at("/spec/affinity"));
      default -> false;
    };
  }

  private static boolean holds(JsonNode term, JsonNode pod) {
    String scope = term.path("scopeName").asString("");
    if (!scope.equals("PriorityClass")) {
      return holds(scope, pod);
    }
    String priority = priority(pod);
    boolean listed =
        term.path("values").valueStream().anyMatch(value -> value.asString("").equals(priority));
    return switch (term.path("operator").asString("")) {
      case "In" -> listed;
      case "NotIn" -> !listed;
      case "Exists" -> !priority.isEmpty();
      case "DoesNotExist" -> priority.isEmpty();
      default -> false;
    };
  }

  private static String priority(JsonNode pod) {
    return pod.at("/spec/priorityClassName").asString("");
  }

  private static boolean crossesNamespaces(JsonNode affinity) {
    return affinity.findParents("topologyKey").stream()
        .anyMatch(term -> !term.path("namespaces").isEmpty() || term.has("namespaceSelector"));
  }
}
