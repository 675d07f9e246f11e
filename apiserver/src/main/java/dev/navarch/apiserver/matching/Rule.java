package dev.navarch.apiserver.matching;

import dev.navarch.apiserver.admission.AdmissionPlugin.Operation;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Operations on resources, as webhooks and policies name them: `*` is any, `pods/*` is all that
/// lies below pods, and scope says whether namespaced resources are meant.
///
/// @param names the only objects that are meant; empty for all
record Rule(
    Set<String> groups,
    Set<String> versions,
    List<String> resources,
    Set<String> operations,
    String scope,
    Set<String> names) {

  static Rule read(JsonNode rule) {
    return new Rule(
        words(rule.path("apiGroups")),
        words(rule.path("apiVersions")),
        List.copyOf(words(rule.path("resources"))),
        words(rule.path("operations")),
        rule.path("scope").asString("*"),
        words(rule.path("resourceNames")));
  }

  private static Set<String> words(JsonNode list) {
    return Set.copyOf(list.valueStream().map(JsonNode::asString).toList());
  }

  /// A resource as a request or a rule may name it.
  record Place(String group, String version, String resource, boolean namespaced) {}

  boolean matches(Operation operation, Place place, String subresource, String name) {
    return has(operations, operation.name())
        && has(groups, place.group())
        && has(versions, place.version())
        && inScope(place)
        && (names.isEmpty() || names.contains(name))
        && resources.stream().anyMatch(pattern -> fits(pattern, place.resource(), subresource));
  }

  private static boolean has(Set<String> allowed, String word) {
    return allowed.contains("*") || allowed.contains(word);
  }

  private boolean inScope(Place place) {
    return switch (scope) {
      case "Namespaced" -> place.namespaced();
      case "Cluster" -> !place.namespaced();
      default -> true;
    };
  }

  private static boolean fits(String pattern, String resource, String subresource) {
    int slash = pattern.indexOf('/');
    String of = slash < 0 ? pattern : pattern.substring(0, slash);
    String below = slash < 0 ? "" : pattern.substring(slash + 1);
    boolean resourceFits = of.equals("*") || of.equals(resource);
    return resourceFits && (below.equals(subresource) || (slash > 0 && below.equals("*")));
  }
}
