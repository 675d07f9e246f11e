package dev.navarch.apiserver.admission;

import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Upstream's plugin `RuntimeClass`: the class that a pod names must be there; what it costs and
/// where it can run goes onto the pod.
record RuntimeClassAdmission(Lister<GenericKubernetesResource> classes) implements AdmissionPlugin {

  @Override
  public void admit(Request request) {
    if (!request.is(Operation.CREATE, "pods")
        || !(request.content().path("spec") instanceof ObjectNode spec)) {
      return;
    }
    String name = spec.path("runtimeClassName").asString("");
    if (name.isEmpty()) {
      if (!spec.path("overhead").isEmpty()) {
        throw request.forbidden(
            "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
      }
      return;
    }
    ObjectNode runtime =
        classes
            .find("", name)
            .map(Objects::tree)
            .orElseThrow(
                () ->
                    request.forbidden(
                        "pod rejected: RuntimeClass \"%s\" not found".formatted(name)));
    if (runtime.at("/overhead/podFixed") instanceof ObjectNode overhead && !overhead.isEmpty()) {
      spec.set("overhead", overhead.deepCopy());
    }
    place(request, spec, runtime.path("scheduling"));
  }

  private static void place(Request request, ObjectNode spec, JsonNode scheduling) {
    for (var label : scheduling.path("nodeSelector").properties()) {
      ObjectNode selector =
          spec.path("nodeSelector") instanceof ObjectNode there
              ? there
              : spec.putObject("nodeSelector");
      JsonNode own = selector.path(label.getKey());
      if (own.isString() && !own.equals(label.getValue())) {
        throw request.forbidden(
            "conflict: runtimeClass.scheduling.nodeSelector[%s] = %s; pod.spec.nodeSelector[%s] = %s"
                .formatted(
                    label.getKey(),
                    label.getValue().asString(""),
                    label.getKey(),
                    own.asString("")));
      }
      selector.set(label.getKey(), label.getValue());
    }
    for (JsonNode toleration : scheduling.path("tolerations")) {
      if (spec.path("tolerations").valueStream().noneMatch(toleration::equals)) {
        spec.withArray("tolerations").add(toleration.deepCopy());
      }
    }
  }
}
