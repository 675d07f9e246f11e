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
  /// The groups in which the same events are served.
  private static final Set<String> EVENTS = Set.of("", "events.k8s.io");

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

  /// The version of its kind as which the request is meant, if it is: the one in which it came, or
  /// else one for which there is a rule.
  ///
  /// @param anyWithoutRules what no rules at all mean: everything for a binding, nothing for a
  ///   webhook
  public Optional<Kind> match(Request request, Surroundings around, boolean anyWithoutRules) {
    Kind requested = request.form().requested();
    if (isConfiguration(requested)) {
      return Optional.empty();
    }
    Optional<Kind> meant =
        rules.isEmpty() && anyWithoutRules
            ? Optional.of(requested)
            : anyRule(rules, request, around.kinds());
    return meant.filter(
        _ ->
            anyRule(excluded, request, around.kinds()).isEmpty()
                && namespaceFits(request, around)
                && objectFits(request));
  }

  private static boolean isConfiguration(Kind kind) {
    return kind.group().equals("admissionregistration.k8s.io")
        && CONFIGURATION.contains(kind.plural());
  }

  private Optional<Kind> anyRule(List<Rule> rules, Request request, Kinds kinds) {
    Kind requested = request.form().requested();
    if (rules.stream().anyMatch(rule -> matches(rule, request, requested))) {
      return Optional.of(requested);
    }
    if (!equivalent) {
      return Optional.empty();
    }
    return rules.stream()
        .flatMap(
            rule ->
                kinds.all().stream()
                    .filter(other -> isOtherVersion(requested, other))
                    .filter(other -> matches(rule, request, other)))
        .findFirst();
  }

  private static boolean isOtherVersion(Kind kind, Kind other) {
    return other.plural().equals(kind.plural())
        && other.kind().equals(kind.kind())
        && !other.apiVersion().equals(kind.apiVersion())
        && (other.group().equals(kind.group())
            || (EVENTS.contains(kind.group()) && EVENTS.contains(other.group())));
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
        || shownFits(request, request.object())
        || shownFits(request, request.old());
  }

  private boolean shownFits(Request request, @Nullable ObjectNode object) {
    return object != null
        && labelsFit(objects, request.form().shown(object, request.form().requested()));
  }

  private static boolean labelsFit(LabelSelector selector, @Nullable ObjectNode object) {
    return object != null && selector.matchesObject(object);
  }
}
