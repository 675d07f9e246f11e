package dev.navarch.apiserver.matching;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.selectors.LabelSelector;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Which requests a webhook, a policy or a binding means: rules, then the labels of the namespace
/// and of the object. What configures admission is never shown to what it configures, or nobody
/// could mend a broken webhook.
///
/// @param rules none of them means every request
public record Matcher(
    List<Rule> rules,
    List<Rule> excluded,
    boolean equivalent,
    LabelSelector namespaces,
    LabelSelector objects) {
  private static final Set<String> CONFIGURATION =
      Set.of(
          "validatingwebhookconfigurations",
          "mutatingwebhookconfigurations",
          "validatingadmissionpolicies",
          "validatingadmissionpolicybindings",
          "mutatingadmissionpolicies",
          "mutatingadmissionpolicybindings");

  /// Of one webhook.
  public static Matcher ofWebhook(JsonNode webhook) {
    return read(webhook, "rules", "none");
  }

  /// Of `matchConstraints` or `matchResources`; a missing one matches everything.
  public static Matcher ofPolicy(JsonNode resources) {
    return read(resources, "resourceRules", "excludeResourceRules");
  }

  private static Matcher read(JsonNode node, String rules, String excluded) {
    return new Matcher(
        node.path(rules).valueStream().map(Rule::read).toList(),
        node.path(excluded).valueStream().map(Rule::read).toList(),
        !node.path("matchPolicy").asString("Equivalent").equals("Exact"),
        selector(node.path("namespaceSelector")),
        selector(node.path("objectSelector")));
  }

  private static LabelSelector selector(JsonNode node) {
    return node.isObject() ? LabelSelector.of(node) : LabelSelector.EVERYTHING;
  }

  /// Where the cluster is asked for what a request itself does not say.
  ///
  /// @param namespace the namespace of a name; empty when there is none
  public record Surroundings(Kinds kinds, Function<String, Optional<ObjectNode>> namespace) {}

  /// Whether the request is meant.
  ///
  /// @param anyWithoutRules what no rules at all mean: everything for a binding, nothing for a
  ///   webhook
  public boolean matches(Request request, Surroundings around, boolean anyWithoutRules) {
    if (isConfiguration(request.kind())) {
      return false;
    }
    boolean named = rules.isEmpty() ? anyWithoutRules : anyRule(rules, request, around.kinds());
    return named
        && !anyRule(excluded, request, around.kinds())
        && namespaceFits(request, around)
        && objectFits(request);
  }

  private static boolean isConfiguration(Kind kind) {
    return kind.group().equals("admissionregistration.k8s.io")
        && CONFIGURATION.contains(kind.plural());
  }

  private boolean anyRule(List<Rule> rules, Request request, Kinds kinds) {
    if (rules.stream().anyMatch(rule -> matches(rule, request, request.kind()))) {
      return true;
    }
    return equivalent
        && !rules.isEmpty()
        && kinds.all().stream()
            .filter(other -> isOtherVersion(request.kind(), other))
            .anyMatch(other -> rules.stream().anyMatch(rule -> matches(rule, request, other)));
  }

  private static boolean isOtherVersion(Kind kind, Kind other) {
    return other.plural().equals(kind.plural())
        && other.kind().equals(kind.kind())
        && !other.version().equals(kind.version())
        && (other.group().equals(kind.group()) || kind.kind().equals("Event"));
  }

  private static boolean matches(Rule rule, Request request, Kind as) {
    return rule.matches(
        request.operation(),
        new Rule.Place(as.group(), as.version(), as.plural(), as.namespaced()),
        request.subresource(),
        request.name());
  }

  private boolean namespaceFits(Request request, Surroundings around) {
    if (namespaces.equals(LabelSelector.EVERYTHING)) {
      return true;
    }
    if (request.concerns("namespaces")) {
      ObjectNode object = request.object();
      return labelsFit(namespaces, object == null ? request.old() : object);
    }
    if (request.namespace().isEmpty()) {
      return true;
    }
    ObjectNode namespace =
        around
            .namespace()
            .apply(request.namespace())
            .orElseThrow(
                () ->
                    new ApiException(
                        new ApiError.NotFound(
                            new ApiError.Resource("", "namespaces"), request.namespace())));
    return labelsFit(namespaces, namespace);
  }

  private boolean objectFits(Request request) {
    return objects.equals(LabelSelector.EVERYTHING)
        || labelsFit(objects, request.object())
        || labelsFit(objects, request.old());
  }

  private static boolean labelsFit(LabelSelector selector, @Nullable ObjectNode object) {
    return object != null && selector.matchesObject(object);
  }
}
