package dev.navarch.apiserver.kinds;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Containers that join a running pod to look at it: they are added, never changed or removed, and
/// have nothing that would make the pod depend on them.
final class EphemeralContainers {
  private static final String MIRROR = "kubernetes.io/config.mirror";
  private static final List<String> FORBIDDEN =
      List.of(
          "ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy");

  private EphemeralContainers() {}

  static void validate(Place spec) {
    Set<String> others = new HashSet<>();
    for (String list : List.of("containers", "initContainers")) {
      spec.at(list).items().forEach(container -> others.add(container.at("name").text()));
    }
    for (Place container : spec.at("ephemeralContainers").items()) {
      for (String field : FORBIDDEN) {
        if (!container.at(field).isEmpty()) {
          container.at(field).forbidden("cannot be set for an Ephemeral Container");
        }
      }
      Place resources = container.at("resources");
      if (!resources.at("limits").isEmpty() || !resources.at("requests").isEmpty()) {
        resources.forbidden("cannot be set for an Ephemeral Container");
      }
      for (Place mount : container.at("volumeMounts").items()) {
        for (String field : List.of("subPath", "subPathExpr")) {
          if (!mount.at(field).isEmpty()) {
            mount.at(field).forbidden("cannot be set for an Ephemeral Container");
          }
        }
      }
      Place target = container.at("targetContainerName");
      if (!target.isEmpty() && !others.contains(target.text())) {
        target.notFound();
      }
    }
  }

  static void validateUpdate(Place pod, ObjectNode old) {
    if (old.at("/metadata/annotations").has(MIRROR)) {
      pod.forbidden("static pods do not support ephemeral containers");
      return;
    }
    Place list = pod.at("spec", "ephemeralContainers");
    for (JsonNode before : old.at("/spec/ephemeralContainers")) {
      String name = before.path("name").asString("");
      List<Place> now =
          list.items().stream().filter(one -> one.at("name").text().equals(name)).toList();
      if (now.isEmpty()) {
        list.forbidden("existing ephemeral containers \"%s\" may not be removed\n".formatted(name));
      } else if (!now.getFirst().node().equals(before)) {
        list.forbidden("existing ephemeral containers \"%s\" may not be changed\n".formatted(name));
      }
    }
  }
}
