package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// ResourceQuotas: how much a namespace may hold.
final class ResourceQuotas implements KindRules {
  private static final Set<String> COUNTED =
      Set.of(
          "configmaps",
          "persistentvolumeclaims",
          "pods",
          "replicationcontrollers",
          "resourcequotas",
          "secrets",
          "services",
          "services.loadbalancers",
          "services.nodeports");
  private static final Set<String> COMPUTE =
      Set.of(
          "cpu",
          "ephemeral-storage",
          "limits.cpu",
          "limits.ephemeral-storage",
          "limits.memory",
          "memory",
          "requests.cpu",
          "requests.ephemeral-storage",
          "requests.memory",
          "requests.storage");

  /// What scopes of pods may limit.
  private static final Set<String> OF_PODS =
      Set.of(
          "pods",
          "cpu",
          "memory",
          "limits.cpu",
          "limits.memory",
          "requests.cpu",
          "requests.memory");

  @Override
  public void validate(ObjectNode quota, Consumer<FieldError> errors) {
    Place spec = Place.root(quota, errors).at("spec");
    for (Place amount : spec.at("hard").values()) {
      String name = amount.mapKey();
      NameChecks.qualifiedName(name).forEach(why -> amount.invalidText(name, why));
      if (!name.contains("/") && !isStandard(name)) {
        amount.invalidText(name, "must be a standard resource for quota");
      }
      Resources.nonNegative(amount);
      boolean counted = COUNTED.contains(name) || name.startsWith("count/");
      if (counted
          && Resources.quantity(amount.node())
              .filter(q -> q.milliValue() % 1000 != 0)
              .isPresent()) {
        amount.invalid("must be an integer");
      }
    }
    Set<String> scopes = new TreeSet<>();
    spec.at("scopes").items().forEach(scope -> scopes.add(scope.text()));
    if (scopes.containsAll(Set.of("BestEffort", "NotBestEffort"))
        || scopes.containsAll(Set.of("Terminating", "NotTerminating"))) {
      spec.at("scopes").invalid("conflicting scopes");
    }
    boolean inScope =
        scopes.stream()
            .allMatch(
                scope ->
                    spec.at("hard").values().stream().allMatch(amount -> holds(scope, amount)));
    if (!inScope) {
      spec.at("scopes").invalid("unsupported scope applied to resource");
    }
    for (Place term : spec.at("scopeSelector", "matchExpressions").items()) {
      Place values = term.at("values");
      switch (term.at("operator").text()) {
        case "In", "NotIn" ->
            values.present(
                "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
        case "Exists", "DoesNotExist" -> {
          if (!values.isEmpty()) {
            values.invalid(
                "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
          }
        }
        default -> term.at("operator").invalid("not a valid selector operator");
      }
    }
  }

  /// Whether a scope means something for what is limited: most mean pods alone.
  private static boolean holds(String scope, Place amount) {
    String name = amount.mapKey();
    return !isStandard(name)
        || switch (scope) {
          case "BestEffort" -> name.equals("pods");
          case "NotBestEffort",
              "Terminating",
              "NotTerminating",
              "PriorityClass",
              "CrossNamespacePodAffinity" ->
              OF_PODS.contains(name);
          default -> true;
        };
  }

  private static boolean isStandard(String name) {
    return COUNTED.contains(name)
        || COMPUTE.contains(name)
        || name.startsWith("hugepages-")
        || name.startsWith("requests.hugepages-");
  }

  @Override
  public void validateUpdate(ObjectNode quota, ObjectNode old, Consumer<FieldError> errors) {
    Place scopes = Place.root(quota, errors).at("spec", "scopes");
    if (!scopes.node().equals(old.at("/spec/scopes"))) {
      scopes.sameAs(old.at("/spec/scopes"));
    }
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text(
            "Request", "Used and allowed, of what is asked for.", quota -> used(quota, false)),
        Columns.text("Limit", "Used and allowed, of what is limited.", quota -> used(quota, true)),
        Column.AGE);
  }

  private static String used(ObjectNode quota, boolean limits) {
    JsonNode hard =
        quota.at("/status/hard").isEmpty() ? quota.at("/spec/hard") : quota.at("/status/hard");
    JsonNode used = quota.at("/status/used");
    return hard.properties().stream()
        .filter(entry -> entry.getKey().startsWith("limits.") == limits)
        .map(
            entry ->
                "%s: %s/%s"
                    .formatted(
                        entry.getKey(),
                        used.path(entry.getKey()).asString("0"),
                        entry.getValue().asString("")))
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
