package dev.navarch.apiserver.admission;

import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Turns the name of a priority class into a number on the pod, so that the scheduler need not look
/// it up, and sees that at most one class is the default.
record Priority(Lister<PriorityClass> classes) implements AdmissionPlugin {
  private static final String PREEMPT = "PreemptLowerPriority";
  private static final Map<String, Integer> OF_THE_SYSTEM =
      Map.of("system-cluster-critical", 2_000_000_000, "system-node-critical", 2_000_001_000);

  /// What a class gives to its pods.
  private record Rank(String name, int value, String preemption) {}

  @Override
  public void admit(Request request) {
    if (request.is(Operation.CREATE, "pods")
        && request.content().path("spec") instanceof ObjectNode spec) {
      Rank rank = rank(request, spec.path("priorityClassName").asString(""));
      JsonNode given = spec.path("priority");
      if (given.isNumber() && given.asInt(0) != rank.value) {
        throw request.forbidden(
            ("the integer value of priority (%d) must not be provided in pod spec; priority"
                    + " admission controller computed %d from the given PriorityClass name")
                .formatted(given.asInt(0), rank.value));
      }
      if (!rank.name.isEmpty()) {
        spec.put("priorityClassName", rank.name);
      }
      spec.put("priority", rank.value);
      if (spec.path("preemptionPolicy").asString("").isEmpty()) {
        spec.put("preemptionPolicy", rank.preemption);
      }
    }
    keepRank(request);
  }

  /// Who writes a pod without its rank means the one that it has.
  private static void keepRank(Request request) {
    if (request.is(Operation.UPDATE, "pods")
        && request.content().path("spec") instanceof ObjectNode spec) {
      JsonNode before = request.before().path("spec");
      for (String field : List.of("priority", "preemptionPolicy")) {
        if (spec.path(field).isMissingNode() && before.has(field)) {
          spec.set(field, before.get(field));
        }
      }
    }
  }

  private Rank rank(Request request, String name) {
    if (name.isEmpty()) {
      return byDefault().map(Priority::rankOf).orElse(new Rank("", 0, PREEMPT));
    }
    return classes
        .find("", name)
        .map(Priority::rankOf)
        .or(() -> ofTheSystem(name))
        .orElseThrow(
            () -> request.forbidden("no PriorityClass with name %s was found".formatted(name)));
  }

  private static Optional<Rank> ofTheSystem(String name) {
    return Optional.ofNullable(OF_THE_SYSTEM.get(name))
        .map(value -> new Rank(name, value, PREEMPT));
  }

  private Optional<PriorityClass> byDefault() {
    return classes
        .all()
        .filter(each -> Boolean.TRUE.equals(each.getGlobalDefault()))
        .min(Comparator.comparing(PriorityClass::getValue));
  }

  private static Rank rankOf(PriorityClass each) {
    String preemption = each.getPreemptionPolicy() == null ? PREEMPT : each.getPreemptionPolicy();
    return new Rank(each.getMetadata().getName(), each.getValue(), preemption);
  }

  @Override
  public void validate(Request request) {
    String resource = "priorityclasses.scheduling.k8s.io";
    boolean written =
        request.is(Operation.CREATE, resource) || request.is(Operation.UPDATE, resource);
    if (written && request.content().path("globalDefault").asBoolean(false)) {
      byDefault()
          .filter(other -> !other.getMetadata().getName().equals(request.name()))
          .ifPresent(
              other -> {
                throw request.forbidden(
                    "PriorityClass %s is already marked as default. Only one default can exist"
                        .formatted(other.getMetadata().getName()));
              });
    }
  }
}
