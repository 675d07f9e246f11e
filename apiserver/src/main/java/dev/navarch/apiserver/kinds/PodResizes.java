package dev.navarch.apiserver.kinds;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a resize may change about a running pod: the CPU and memory of its containers and of itself
/// as a whole, as long as the pod stays in its class of service.
final class PodResizes {
  private static final String MIRROR = "kubernetes.io/config.mirror";
  private static final Set<String> MUTABLE = Set.of("cpu", "memory");

  private PodResizes() {}

  static void validate(Place pod, ObjectNode old) {
    if (old.at("/metadata/annotations").has(MIRROR)) {
      pod.forbidden("static pods cannot be resized");
      return;
    }
    Place spec = pod.at("spec");
    validateWhole(spec, old.path("spec").path("resources"));
    for (String list : List.of("containers", "initContainers")) {
      JsonNode was = old.path("spec").path(list);
      if (spec.at(list).node().size() != was.size()) {
        spec.at(list).forbidden("containers may not be added or removed on resize");
        return;
      }
      if (!names(spec.at(list).node()).equals(names(was))) {
        spec.forbidden("containers may not be renamed or reordered on resize");
        return;
      }
    }
    String before = QosClasses.of(old.path("spec"));
    String now = QosClasses.of(spec.node());
    if (!before.equals(now)) {
      spec.invalidText(now, "Pod QOS Class may not change as a result of resizing");
    }
    for (String list : List.of("containers", "initContainers")) {
      List<Place> containers = spec.at(list).items();
      for (int i = 0; i < containers.size(); i++) {
        JsonNode was = old.path("spec").path(list).path(i);
        validateContainer(containers.get(i), was, list.equals("initContainers"));
      }
    }
  }

  private static void validateWhole(Place spec, JsonNode was) {
    Place resources = spec.at("resources");
    if (was.isObject() && !resources.isSet()) {
      resources.forbidden("pod-level resources cannot be removed");
      return;
    }
    for (String kind : List.of("requests", "limits")) {
      Place amounts = resources.at(kind);
      if (was.path(kind).propertyStream().anyMatch(each -> !amounts.node().has(each.getKey()))) {
        amounts.forbidden("pod-level resource %s cannot be removed".formatted(kind));
      }
    }
    boolean others =
        Stream.of("requests", "limits")
            .flatMap(
                kind ->
                    resources
                        .at(kind)
                        .node()
                        .propertyStream()
                        .filter(
                            each -> !each.getValue().equals(was.path(kind).path(each.getKey()))))
            .anyMatch(each -> !MUTABLE.contains(each.getKey()));
    if (others || !resources.node().path("claims").equals(was.path("claims"))) {
      spec.forbidden("only cpu and memory resources are mutable at pod-level");
    }
  }

  private static List<String> names(JsonNode containers) {
    return containers.valueStream().map(one -> one.path("name").asString("")).toList();
  }

  private static void validateContainer(Place container, JsonNode before, boolean init) {
    Place resources = container.at("resources");
    JsonNode was = before.path("resources");
    boolean sidecar = container.at("restartPolicy").text().equals("Always");
    if (init && !sidecar && !resources.node().equals(was)) {
      resources.forbidden("only cpu and memory resources for sidecar containers are mutable");
      return;
    }
    for (String kind : List.of("limits", "requests")) {
      Place amounts = resources.at(kind);
      for (var entry : was.path(kind).properties()) {
        boolean kept = amounts.node().has(entry.getKey());
        if (!kept && MUTABLE.contains(entry.getKey())) {
          amounts.forbidden("resource %s cannot be removed".formatted(kind));
        } else if (!MUTABLE.contains(entry.getKey())
            && !entry.getValue().equals(amounts.node().path(entry.getKey()))) {
          amounts.forbidden("only cpu and memory resources are mutable");
        }
      }
      for (Place amount : amounts.values()) {
        if (!MUTABLE.contains(amount.mapKey()) && !was.path(kind).has(amount.mapKey())) {
          amounts.forbidden("only cpu and memory resources are mutable");
        }
      }
    }
  }
}
