package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Kind;
import dev.navarch.api.selectors.LabelSelector;
import dev.navarch.apiserver.auth.Caller;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Evicts a pod: deletes it, unless a disruption budget says that its application cannot spare it
/// now. The budget is charged first, so two evictions never spend the same allowance.
final class Evictions {
  static final String TYPE = "io.k8s.api.policy.v1.Eviction";
  private static final String WOULD_VIOLATE =
      "Cannot evict pod as it would violate the pod's disruption budget.";
  private static final Duration RETRY = Duration.ofSeconds(10);
  private static final int MOST_DISRUPTED = 2000;
  private static final Set<String> NOT_COUNTED = Set.of("Succeeded", "Failed", "Pending");

  private final Registry registry;
  private final BiFunction<Kind, String, List<ObjectNode>> inNamespace;
  private final Kind budgets;

  /// @param inNamespace all objects of a kind in a namespace
  Evictions(
      Registry registry, Kind budgets, BiFunction<Kind, String, List<ObjectNode>> inNamespace) {
    this.registry = registry;
    this.budgets = budgets;
    this.inNamespace = inNamespace;
  }

  void evict(Target target, ObjectNode eviction, boolean dryRun) {
    if (!eviction.path("apiVersion").isString()) {
      eviction.put("apiVersion", "policy/v1");
    }
    registry.admit(target, Subresource.EVICTION, eviction.put("kind", "Eviction"), TYPE, dryRun);
    DeleteOptions options =
        eviction.get("deleteOptions") instanceof ObjectNode document
            ? DeleteOptions.read(document)
            : DeleteOptions.DEFAULT;
    if (dryRun) {
      options = options.asDryRun();
    }
    checkName(target, eviction);
    ObjectNode pod = registry.get(target);
    options.check(target, Metadata.of(pod));
    if (isCounted(pod)) {
      Target budget = budgetOf(target, pod);
      if (budget != null) {
        boolean dryRunToo = options.dryRun();
        ScopedValue.where(Caller.MANAGER, Caller.SERVER)
            .run(
                () ->
                    registry.patch(
                        budget,
                        Subresource.STATUS,
                        found -> charged(found, target, pod),
                        dryRunToo));
      }
    }
    if (!options.dryRun() && !Metadata.of(pod).isDeleting()) {
      registry.patch(target, Subresource.EVICTION, this::disrupted, false);
    }
    registry.delete(target, Subresource.EVICTION, options.atAnyVersion());
  }

  private static void checkName(Target target, ObjectNode eviction) {
    String name = Metadata.of(eviction).name();
    if (!name.isEmpty() && !name.equals(target.name())) {
      throw ApiException.badRequest(
          "name in URL does not match name in Eviction object: %s vs %s"
              .formatted(target.name(), name));
    }
  }

  /// The pod with the condition by which its owner knows that it did not fail by itself.
  private ObjectNode disrupted(ObjectNode pod) {
    ObjectNode status =
        pod.get("status") instanceof ObjectNode there ? there : pod.putObject("status");
    ArrayNode conditions = status.withArray("conditions");
    for (int i = conditions.size() - 1; i >= 0; i--) {
      if (conditions.get(i).path("type").asString("").equals("DisruptionTarget")) {
        conditions.remove(i);
      }
    }
    conditions
        .addObject()
        .put("type", "DisruptionTarget")
        .put("status", "True")
        .put("reason", "EvictionByEvictionAPI")
        .put("message", "Eviction API: evicting")
        .put("lastTransitionTime", registry.now());
    return pod;
  }

  private static boolean isCounted(ObjectNode pod) {
    return !NOT_COUNTED.contains(pod.path("status").path("phase").asString(""))
        && !Metadata.of(pod).isDeleting();
  }

  private @Nullable Target budgetOf(Target target, ObjectNode pod) {
    List<String> matching =
        inNamespace.apply(budgets, target.namespace()).stream()
            .filter(
                budget -> LabelSelector.of(budget.path("spec").path("selector")).matchesObject(pod))
            .map(budget -> Metadata.of(budget).name())
            .toList();
    if (matching.size() > 1) {
      throw new ApiException(
          new ApiError.Internal(
              "This pod has more than one PodDisruptionBudget, which the eviction subresource does"
                  + " not support."));
    }
    return matching.isEmpty() ? null : new Target(budgets, target.namespace(), matching.getFirst());
  }

  /// The budget after the eviction. A pod that does not work anyway is spared the charge where the
  /// budget says so, or where enough others do.
  private ObjectNode charged(ObjectNode budget, Target target, ObjectNode pod) {
    ObjectNode status =
        budget.get("status") instanceof ObjectNode there ? there : budget.putObject("status");
    Metadata metadata = Metadata.of(budget);
    if (!isReady(pod) && sparesUnhealthy(budget, status)) {
      return budget;
    }
    if (status.path("observedGeneration").asLong(0) < metadata.generation()) {
      throw refused(
          "The disruption budget %s is still being processed by the server."
              .formatted(metadata.name()),
          RETRY);
    }
    int allowed = status.path("disruptionsAllowed").asInt(0);
    ObjectNode disrupted =
        status.get("disruptedPods") instanceof ObjectNode there
            ? there
            : status.putObject("disruptedPods");
    if (disrupted.size() > MOST_DISRUPTED) {
      throw new ApiException(
          new ApiError.Forbidden(
              budgets.resource(),
              metadata.name(),
              "DisruptedPods map too big - too many evictions"
                  + " not confirmed by PDB controller"));
    }
    if (allowed <= 0) {
      throw refused(
          "The disruption budget %s needs %d healthy pods and has %d currently"
              .formatted(
                  metadata.name(),
                  status.path("desiredHealthy").asInt(0),
                  status.path("currentHealthy").asInt(0)),
          Duration.ZERO);
    }
    status.put("disruptionsAllowed", allowed - 1);
    disrupted.put(target.name(), registry.now());
    return budget;
  }

  private static boolean isReady(ObjectNode pod) {
    for (JsonNode condition : pod.path("status").path("conditions")) {
      if (condition.path("type").asString("").equals("Ready")) {
        return condition.path("status").asString("").equals("True");
      }
    }
    return false;
  }

  private static boolean sparesUnhealthy(ObjectNode budget, ObjectNode status) {
    int desired = status.path("desiredHealthy").asInt(0);
    return budget.path("spec").path("unhealthyPodEvictionPolicy").asString("").equals("AlwaysAllow")
        || (desired > 0 && status.path("currentHealthy").asInt(0) >= desired);
  }

  /// @param retry when a client may try again by itself; zero leaves it to whoever asked
  private static ApiException refused(String why, Duration retry) {
    return new ApiException(
        new ApiError.TooManyRequests(
            WOULD_VIOLATE, retry, List.of(new ApiError.Cause("DisruptionBudget", why))));
  }
}
